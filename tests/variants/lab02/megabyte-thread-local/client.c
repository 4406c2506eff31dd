// Big buffers of the threads' own; SIGPIPE is neither ignored nor caught, but blocked. All
// addresses are IPv6 ones, IPv4 among them as ::ffff:127.0.0.1, where there is IPv6 at all.
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static _Thread_local char data[1 << 20];
static sem_t over;

struct way {
    int from, to;
    int error;
    int ended;
};

static void *carry(void *arg)
{
    struct way *way = arg;
    ssize_t n = 0, m = 0;
    while (m != -1 && (n = read(way->from, data, sizeof data)) > 0)
        for (struct iovec part = {data, (size_t)n}; part.iov_len > 0;) {
            if ((m = writev(way->to, &part, 1)) == -1)
                break;
            part.iov_base = (char *)part.iov_base + m;
            part.iov_len -= (size_t)m;
        }
    way->error = n == -1 || m == -1 ? errno : 0;
    if (way->to != STDOUT_FILENO)
        shutdown(way->to, SHUT_WR);
    way->ended = way->to == STDOUT_FILENO || way->error != 0;
    if (way->ended)
        sem_post(&over);
    return NULL;
}

static int dial(const char *host, const char *port, int family)
{
    struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *list;
    int on = 1, fd = -1, error = 0;
    if (family == AF_INET6)
        hints.ai_flags = AI_V4MAPPED | AI_ALL;
    int found = getaddrinfo(host, port, &hints, &list);
    if (found != 0)
        errx(1, "%s: %s", host, gai_strerror(found));
    for (struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        if ((fd = socket(a->ai_family, SOCK_STREAM, IPPROTO_TCP)) == -1) {
            error = errno;
            continue;
        }
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        error = errno;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    errno = error;
    return fd;
}

int main(int argc, char *argv[])
{
    char *end = NULL;
    errno = 0;
    long port = argc == 3 && strspn(argv[2], "0123456789") > 0 ? strtol(argv[2], &end, 10) : 0;
    if (port < 1 || port > 65535 || errno != 0 || *end != '\0')
        errx(1, "two arguments: a host, and a port from 1 to 65535");
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    sigprocmask(SIG_BLOCK, &blocked, NULL);

    int fd = dial(argv[1], argv[2], access("/proc/net/if_inet6", R_OK) == 0 ? AF_INET6 : AF_INET);
    if (fd == -1)
        err(1, "%s:%s", argv[1], argv[2]);
    static struct way up, down; // they may outlive main
    up = (struct way){.from = STDIN_FILENO, .to = fd};
    down = (struct way){.from = fd, .to = STDOUT_FILENO};
    sem_init(&over, 0, 0);
    pthread_t ups, downs;
    if (pthread_create(&ups, NULL, carry, &up) != 0 ||
        pthread_create(&downs, NULL, carry, &down) != 0)
        errx(1, "no thread");
    // Whichever ends it: the server has, or one of both ways is broken.
    while (sem_wait(&over) == -1)
        ;
    if (up.ended)
        pthread_join(downs, NULL);
    int error = up.ended ? up.error : down.error;
    if (error != 0)
        errx(1, "%s: %s", argv[1], strerror(error));
    return 0;
}
