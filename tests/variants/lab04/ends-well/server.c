// SIGTERM ends the server in order: all clients are hung up on, all threads joined, all memory freed.
// main only waits for signals; another thread accepts, on a listener that times out now and then.
// How many clients there are is known by the length of a list.
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct guest {
    struct guest *next, **link;
    pthread_t thread;
    int fd;
    bool gone;
    char name[64];
};

static struct guest *guests;
static int guest_count, lfd;
static bool over;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t somebody_left = PTHREAD_COND_INITIALIZER;

static void *serve(void *arg)
{
    struct guest *guest = arg;
    char *data = malloc(1 << 16);
    ssize_t n = 0, sent = 0;

    printf("%s came\n", guest->name);
    fflush(stdout);
    while (data != NULL && sent != -1) {
        n = recv(guest->fd, data, 1 << 16, 0);
        if (n == 0 || (n == -1 && errno != EINTR))
            break;
        for (ssize_t at = 0; at < n && sent != -1; at += sent)
            do
                sent = send(guest->fd, data + at, (size_t)(n - at), MSG_NOSIGNAL);
            while (sent == -1 && errno == EINTR);
    }
    free(data);
    pthread_mutex_lock(&mutex);
    guest->gone = true;
    shutdown(guest->fd, SHUT_RDWR);
    close(guest->fd);
    pthread_cond_signal(&somebody_left);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

// Joins those who are gone. The mutex is held.
static void join_gone(void)
{
    for (struct guest *guest = guests, *next; guest != NULL; guest = next) {
        next = guest->next;
        if (!guest->gone)
            continue;
        pthread_join(guest->thread, NULL);
        *guest->link = next;
        if (next != NULL)
            next->link = guest->link;
        free(guest);
        guest_count--;
    }
}

static void *join_all(void *arg)
{
    (void)arg;
    pthread_mutex_lock(&mutex);
    for (;;) {
        join_gone();
        if (over && guest_count == 0)
            break;
        pthread_cond_wait(&somebody_left, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

// The mutex is held: the thread may not leave before it is on the list.
static const char *let_in(int fd, const struct sockaddr *peer, socklen_t size)
{
    struct guest *guest;
    char host[40], service[8];
    join_gone();
    if (over || guest_count == 256)
        return "there are 256 already";
    if ((guest = calloc(1, sizeof *guest)) == NULL)
        return "no memory";
    // A connection inherits the listener's time-out.
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0}, sizeof(struct timeval));
    guest->fd = fd;
    getnameinfo(peer, size, host, sizeof host, service, sizeof service,
                NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(guest->name, sizeof guest->name, "%s:%s", host, service);
    int error = pthread_create(&guest->thread, NULL, serve, guest);
    if (error != 0) {
        free(guest);
        return strerror(error);
    }
    guest->next = guests;
    guest->link = &guests;
    if (guests != NULL)
        guests->link = &guest->next;
    guests = guest;
    guest_count++;
    return NULL;
}

static void *accept_all(void *arg)
{
    int failed_with = 0;
    (void)arg;
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        int error = fd == -1 ? errno : 0;
        pthread_mutex_lock(&mutex);
        bool stop = over;
        const char *why = fd != -1 ? let_in(fd, (struct sockaddr *)&peer, size) : NULL;
        pthread_mutex_unlock(&mutex);
        if (why != NULL) {
            warnx("go away: %s", why);
            close(fd);
        }
        if (stop)
            return NULL;
        if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
            continue;
        // Each name of the trouble is told once.
        if (error != 0 && error != failed_with)
            warnx("accept: %s", strerrorname_np(error));
        failed_with = error;
        if (error != 0)
            usleep(200 * 1000);
    }
}

static void open_port(const char *text)
{
    struct timeval second = {.tv_sec = 1};
    const int on = 1;
    char *end;
    long port = strtol(text, &end, 10);
    struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    if (text[strspn(text, "0123456789")] != '\0' || end == text || port < 1 || port > 65535)
        errx(2, "%s is no port", text);
    inet_aton("127.0.0.1", &loopback.sin_addr);
    loopback.sin_addr.s_addr = 0;
    if ((lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
        setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        setsockopt(lfd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second) == -1 ||
        bind(lfd, (struct sockaddr *)&loopback, sizeof loopback) == -1 || listen(lfd, 511) == -1)
        err(2, "%s", text);
}

int main(int argc, char **argv)
{
    pthread_t acceptor, joiner;
    sigset_t set;
    int sig;
    if (argc != 2)
        errx(2, "usage: %s PORT", argv[0]);
    // Blocked here, so in every thread.
    sigfillset(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    open_port(argv[1]);
    if (pthread_create(&joiner, NULL, join_all, NULL) != 0 ||
        pthread_create(&acceptor, NULL, accept_all, NULL) != 0)
        errx(2, "no thread to begin with");
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigwait(&set, &sig);
    pthread_mutex_lock(&mutex);
    over = true;
    for (struct guest *guest = guests; guest != NULL; guest = guest->next)
        if (!guest->gone)
            shutdown(guest->fd, SHUT_RDWR);
    shutdown(lfd, SHUT_RDWR);
    pthread_cond_signal(&somebody_left);
    pthread_mutex_unlock(&mutex);
    pthread_join(acceptor, NULL);
    pthread_join(joiner, NULL);
    close(lfd);
    return 0;
}
