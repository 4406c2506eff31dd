// A client's descriptor is handed over in main's own variable: main waits until the thread has it.
// One listener for IPv4 and IPv6; the buffer is thread-local; SIGPIPE has a handler.
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct visit {
    int fd;
    struct sockaddr_in6 peer;
};

static sem_t places, taken_over;
static _Thread_local char buffer[2][100 * 1000];

static void on_sigpipe(int sig)
{
    (void)sig;
}

// Sends the first n bytes of the two buffers.
static int send_back(int fd, size_t n)
{
    size_t first = n < sizeof buffer[0] ? n : sizeof buffer[0];
    struct iovec parts[2] = {{buffer[0], first}, {buffer[1], n - first}}, *part = parts;
    int count = 2;
    while (count > 0) {
        ssize_t done = writev(fd, part, count);
        if (done == -1 && errno == EINTR)
            continue;
        if (done == -1)
            return -1;
        for (; count > 0 && (size_t)done >= part->iov_len; part++, count--)
            done -= (ssize_t)part->iov_len;
        if (count > 0) {
            part->iov_base = (char *)part->iov_base + done;
            part->iov_len -= (size_t)done;
        }
    }
    return 0;
}

static void *serve(void *argument)
{
    struct visit visit = *(struct visit *)argument;
    struct iovec both[2] = {{buffer[0], sizeof buffer[0]}, {buffer[1], sizeof buffer[1]}};
    char text[INET6_ADDRSTRLEN];
    ssize_t n;

    sem_post(&taken_over);
    inet_ntop(AF_INET6, &visit.peer.sin6_addr, text, sizeof text);
    dprintf(STDOUT_FILENO, "+ %s:%d\n", text, ntohs(visit.peer.sin6_port));
    do {
        n = readv(visit.fd, both, 2);
    } while (n == -1 ? errno == EINTR : n > 0 && send_back(visit.fd, (size_t)n) == 0);
    close(visit.fd);
    sem_post(&places);
    return NULL;
}

static void let_in(struct visit *visit, const pthread_attr_t *detached)
{
    pthread_t thread;
    if (sem_trywait(&places) == -1) {
        dprintf(STDERR_FILENO, "full\n");
        close(visit->fd);
    } else if (pthread_create(&thread, detached, serve, visit) != 0) {
        dprintf(STDERR_FILENO, "no thread\n");
        sem_post(&places);
        close(visit->fd);
    } else {
        while (sem_wait(&taken_over) == -1)
            ;
    }
}

static int open_both(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((in_port_t)port)};
    const int on = 1, off = 0;
    if (*text < '0' || *text > '9' || *end != '\0' || port < 1 || port > 65535)
        return -1;
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, (struct sockaddr *)&any, sizeof any) == -1 || listen(fd, 10) == -1)
        return -1;
    return fd;
}

int main(int argc, char **argv)
{
    int lfd = argc == 2 ? open_both(argv[1]) : -1, short_of = 0;
    pthread_attr_t detached;
    if (lfd == -1) {
        fputs("server PORT", stderr);
        return 3;
    }
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = on_sigpipe}, NULL);
    sem_init(&places, 0, 256);
    sem_init(&taken_over, 0, 0);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    for (;;) {
        struct visit visit;
        socklen_t size = sizeof visit.peer;
        visit.fd = accept(lfd, (struct sockaddr *)&visit.peer, &size);
        if (visit.fd != -1) {
            short_of = 0;
            let_in(&visit, &detached);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            if (short_of++ == 0)
                perror("accept");
            sleep(1);
        }
    }
}
