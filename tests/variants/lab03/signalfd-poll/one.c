#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int fd, const struct sockaddr_in *peer)
{
    char *block = malloc(1 << 20), ip[INET_ADDRSTRLEN];
    ssize_t n;
    if (block == NULL)
        _exit(1);
    inet_ntop(AF_INET, &peer->sin_addr, ip, sizeof ip);
    dprintf(1, "hello %s:%d\n", ip, ntohs(peer->sin_port));
    while ((n = recv(fd, block, 1 << 20, 0)) > 0)
        for (ssize_t done = 0, m; done < n; done += m)
            if ((m = send(fd, block + done, (size_t)(n - done), MSG_NOSIGNAL)) < 0)
                _exit(2);
    free(block);
    _exit(n < 0);
}

int main(int argc, char **argv)
{
    char *end;
    long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (argc != 2 || *end != '\0' || port < 1 || port > 65535)
        errx(2, "usage: %s PORT", argv[0]);

    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&any, sizeof any) < 0 || listen(lfd, 16) < 0)
        err(1, "cannot listen on %ld", port);

    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    int sfd = signalfd(-1, &chld, SFD_NONBLOCK | SFD_CLOEXEC);
    bool warned = false;
    for (;;) {
        struct pollfd ready[2] = {{.fd = sfd, .events = POLLIN}, {.fd = lfd, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0)
            continue;
        if (ready[0].revents != 0) {
            struct signalfd_siginfo info;
            while (read(sfd, &info, sizeof info) > 0)
                continue;
            while (waitpid(-1, NULL, WNOHANG) > 0)
                continue;
        }
        if (ready[1].revents == 0)
            continue;
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                if (!warned)
                    warn("no room");
                warned = true;
                // Until a child ends, or half a second has passed.
                poll(ready, 1, 500);
            }
            continue;
        }
        warned = false;
        switch (fork()) {
        case -1:
            warn("cannot fork");
            break;
        case 0:
            close(lfd);
            close(sfd);
            sigprocmask(SIG_UNBLOCK, &chld, NULL);
            serve(fd, &peer);
        default:
            break;
        }
        close(fd);
    }
}
