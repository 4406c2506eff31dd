// Two threads accept, each on a listener of its own, IPv4 and IPv6; main only sleeps. A thread is made
// first and then waits on a condition until it is given its client.
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct handover {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int fd; // -1 until there is one, and -2 when the thread has it
    char host[64], service[16];
};

static unsigned places = 256;
static pthread_mutex_t places_lock = PTHREAD_MUTEX_INITIALIZER;

static int change_places(int by)
{
    int done = 0;
    pthread_mutex_lock(&places_lock);
    if (by > 0 || places > 0) {
        places += (unsigned)by;
        done = 1;
    }
    pthread_mutex_unlock(&places_lock);
    return done;
}

static void echo(int fd)
{
    char byte_buffer[3];
    ssize_t n;
    // MSG_NOSIGNAL belongs to send; write needs SIGPIPE to be blocked, which it is in every thread.
    while ((n = read(fd, byte_buffer, sizeof byte_buffer)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return;
        for (char *at = byte_buffer; n > 0;) {
            ssize_t put = write(fd, at, (size_t)n);
            if (put < 0 && errno != EINTR)
                return;
            if (put > 0) {
                at += put;
                n -= put;
            }
        }
    }
}

static void *serve(void *argument)
{
    struct handover *handover = argument;
    pthread_mutex_lock(&handover->mutex);
    while (handover->fd == -1)
        pthread_cond_wait(&handover->changed, &handover->mutex);
    int fd = handover->fd;
    char name[90];
    snprintf(name, sizeof name, "%s:%s", handover->host, handover->service);
    handover->fd = -2;
    pthread_cond_signal(&handover->changed);
    pthread_mutex_unlock(&handover->mutex);

    puts(name);
    fflush(stdout);
    echo(fd);
    change_places(+1);
    close(fd);
    return NULL;
}

static const char *let_in(int fd, const struct sockaddr_storage *peer, socklen_t size)
{
    struct handover handover = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, -1, "", ""};
    pthread_t thread;
    if (!change_places(-1))
        return "all places are taken";
    if (pthread_create(&thread, NULL, serve, &handover) != 0) {
        change_places(+1);
        return "no thread can be made";
    }
    pthread_detach(thread);
    getnameinfo((const struct sockaddr *)peer, size, handover.host, sizeof handover.host,
                handover.service, sizeof handover.service, NI_NUMERICHOST | NI_NUMERICSERV);
    pthread_mutex_lock(&handover.mutex);
    handover.fd = fd;
    pthread_cond_signal(&handover.changed);
    while (handover.fd != -2)
        pthread_cond_wait(&handover.changed, &handover.mutex);
    pthread_mutex_unlock(&handover.mutex);
    return NULL;
}

static void *accept_all(void *argument)
{
    const int lfd = *(const int *)argument;
    int quiet = 0;
    free(argument);
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept(lfd, (struct sockaddr *)&peer, &size);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0 && !quiet++)
            warn("accept");
        if (fd < 0) {
            poll(NULL, 0, 900);
            continue;
        }
        quiet = 0;
        const char *why_not = let_in(fd, &peer, size);
        if (why_not != NULL) {
            // A reset is an end as well.
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
            close(fd);
            warnx("%s", why_not);
        }
    }
    return NULL;
}

static void start_acceptor(const struct addrinfo *on_what)
{
    const int yes = 1;
    int *lfd = malloc(sizeof *lfd);
    pthread_t thread;
    if (lfd == NULL)
        err(1, "malloc");
    if ((*lfd = socket(on_what->ai_family, on_what->ai_socktype, on_what->ai_protocol)) < 0) {
        // A machine may have no IPv6.
        free(lfd);
        return;
    }
    if (on_what->ai_family == AF_INET6)
        setsockopt(*lfd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (setsockopt(*lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(*lfd, on_what->ai_addr, on_what->ai_addrlen) < 0 || listen(*lfd, 4096) < 0)
        err(1, "port");
    errno = pthread_create(&thread, NULL, accept_all, lfd);
    if (errno != 0)
        err(1, "pthread_create");
    pthread_detach(thread);
}

int main(int argc, char *argv[])
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *list;
    sigset_t pipes;
    char *end = NULL;
    if (argc != 2 || strchr("123456789", argv[1][0]) == NULL || strtol(argv[1], &end, 10) > 65535 ||
        *end != '\0')
        errx(1, "usage: server PORT");
    sigemptyset(&pipes);
    sigaddset(&pipes, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipes, NULL);
    int error = getaddrinfo(NULL, argv[1], &wanted, &list);
    if (error != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(error));
    for (struct addrinfo *one = list; one != NULL; one = one->ai_next)
        start_acceptor(one);
    freeaddrinfo(list);
    for (;;)
        pause();
}
