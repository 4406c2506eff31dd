// main only starts: then its thread ends, and the process lives on in the others.
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static sem_t room;
static int lfd;

static void wait_until(int fd, short events)
{
    struct pollfd ready = {.fd = fd, .events = events};
    poll(&ready, 1, -1);
}

// Bytes are kept until they are sent, and meanwhile none are read.
static int echo(int fd)
{
    static _Thread_local unsigned char data[10000];
    for (;;) {
        struct iovec halves[2] = {{data, 5000}, {data + 5000, 5000}};
        ssize_t n = readv(fd, halves, 2);
        if (n == 0) {
            return 0;
        }
        if (n == -1 && errno == EAGAIN) {
            wait_until(fd, POLLIN);
        } else if (n == -1 && errno != EINTR) {
            return -1;
        }
        for (unsigned char *p = data; n > 0;) {
            ssize_t sent = write(fd, p, (size_t)n);
            if (sent > 0) {
                p += sent;
                n -= sent;
            } else if (errno == EAGAIN) {
                wait_until(fd, POLLOUT);
            } else if (errno != EINTR) {
                return -1;
            }
        }
    }
}

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    char name[INET_ADDRSTRLEN];
    if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0) {
        char line[64];
        int length =
            snprintf(line, sizeof line, "<%s:%d>\n",
                     inet_ntop(AF_INET, &peer.sin_addr, name, sizeof name), ntohs(peer.sin_port));
        if (write(1, line, (size_t)length) == -1) {
            warn("stdout");
        }
    }
    if (echo(fd) == -1) {
        warn("a client");
    }
    sem_post(&room);
    close(fd);
    pthread_exit(NULL);
}

static void let_in(int fd)
{
    pthread_attr_t detached;
    pthread_t thread;
    if (sem_trywait(&room) == -1) {
        warnx("too many");
        close(fd);
        return;
    }
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&detached, 128 * 1024);
    int error = pthread_create(&thread, &detached, serve, (void *)(intptr_t)fd);
    pthread_attr_destroy(&detached);
    if (error != 0) {
        warnx("no thread: %s", strerror(error));
        sem_post(&room);
        close(fd);
    }
}

static void *accept_all(void *nothing)
{
    int told = 0;
    for (;;) {
        wait_until(lfd, POLLIN);
        int fd = accept4(lfd, NULL, NULL, SOCK_NONBLOCK);
        if (fd >= 0) {
            told = 0;
            let_in(fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (told++ == 0) {
                warn("accept");
            }
            poll(NULL, 0, 50);
        } else if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED) {
            err(1, "accept");
        }
    }
    return nothing;
}

int main(int argc, char **argv)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET};
    char *end;
    pthread_t acceptor;

    if (argc != 2 || strspn(argv[1], "0123456789") != strlen(argv[1]) || strlen(argv[1]) > 5) {
        errx(1, "server PORT");
    }
    long port = strtol(argv[1], &end, 10);
    if (port == 0 || port > 65535) {
        errx(1, "server PORT");
    }
    address.sin_port = htons((uint16_t)port);
    lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&address, sizeof address) == -1 || listen(lfd, 50) == -1) {
        err(1, "port %ld", port);
    }
    signal(SIGPIPE, SIG_IGN);
    sem_init(&room, 0, 256);
    if (pthread_create(&acceptor, NULL, accept_all, NULL) != 0) {
        errx(1, "no thread");
    }
    pthread_detach(acceptor);
    pthread_exit(NULL);
}
