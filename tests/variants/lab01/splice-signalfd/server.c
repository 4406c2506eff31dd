/*
 * server.c - bytes never come into the process: splice(2) through a pipe, TLS for the rest; SIGPIPE
 * is blocked and SIGTERM comes by signalfd, polled beside the listener. Dual-stack on `::`.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

static int sfd, through[2];
static _Thread_local char name[64];

/* Waits for fd. Ends the program when a signal asks for it. */
static void await(int fd, short events)
{
    struct pollfd both[2] = {{fd, events, 0}, {sfd, POLLIN, 0}};
    while (poll(both, 2, -1) == -1) {
    }
    if (both[1].revents != 0) {
        exit(0);
    }
}

static void serve(int fd)
{
    for (;;) {
        await(fd, POLLIN);
        ssize_t n = splice(fd, NULL, through[1], NULL, 65536, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
        if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        while (n > 0) {
            ssize_t m = splice(through[0], NULL, fd, NULL, (size_t)n, SPLICE_F_MOVE);
            if (m == -1 && errno == EINTR) {
                continue;
            }
            if (m <= 0) {
                // What is left in the pipe is nobody's any more.
                close(through[0]);
                close(through[1]);
                if (pipe(through) == -1) {
                    err(1, "pipe");
                }
                return;
            }
            n -= m;
        }
    }
}

static int get_client(int lfd, struct sockaddr_in6 *peer)
{
    static int told;
    for (;;) {
        await(lfd, POLLIN);
        int fd = accept(lfd, (struct sockaddr *)peer, &(socklen_t){sizeof *peer});
        if (fd >= 0) {
            told = 0;
            return fd;
        }
        switch (errno) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            if (!told++) {
                perror("accept");
            }
            poll(&(struct pollfd){sfd, POLLIN, 0}, 1, 300);
            break;
        case EINTR:
        case ECONNABORTED:
        case EAGAIN:
            break;
        default:
            err(1, "accept");
        }
    }
}

int main(int argc, char *argv[])
{
    char *end = "?";
    unsigned long port =
        argc == 2 && strchr(argv[1], '-') == NULL && strpbrk(argv[1], "+ \t\n") == NULL
            ? strtoul(argv[1], &end, 10)
            : 0;
    if (*end != '\0' || port == 0 || port >= 1 << 16) {
        errx(64, "usage: server port");
    }
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigdelset(&set, SIGPIPE);
    sfd = signalfd(-1, &set, SFD_CLOEXEC);
    struct sockaddr_in6 self = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    int lfd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (sfd == -1 || lfd == -1 || pipe(through) == -1) {
        err(1, "socket");
    }
    setsockopt(lfd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(lfd, (struct sockaddr *)&self, sizeof self) == -1) {
        err(1, "bind");
    }
    if (listen(lfd, 9) == -1) {
        err(1, "listen");
    }
    for (;;) {
        struct sockaddr_in6 peer;
        int fd = get_client(lfd, &peer);
        inet_ntop(AF_INET6, &peer.sin6_addr, name, sizeof name);
        printf("[%s:%d]\n", name, ntohs(peer.sin6_port));
        fflush(NULL);
        serve(fd);
        close(fd);
    }
}
