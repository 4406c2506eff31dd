// Two sockets, one for IPv4 and one for IPv6, in pselect; a handler that only sets a flag, and
// reaping in the loop. SIGPIPE is blocked for all. The child logs, by writev, before it serves.
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t some_ended;
static int listeners[2];

static void note_end(int sig)
{
    some_ended = sig != 0;
}

static int listen_at(int family, uint16_t port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    const struct sockaddr *address = family == AF_INET ? (void *)&v4 : (void *)&v6;
    const int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(fd, address, family == AF_INET ? sizeof v4 : sizeof v6) == 0 && listen(fd, 32) == 0)
        return fd;
    // A machine without IPv6 is served by the other one.
    if (family == AF_INET)
        err(EXIT_FAILURE, "IPv4 port %d", port);
    close(fd);
    return -1;
}

_Noreturn static void live(int fd, const struct sockaddr_storage *peer)
{
    char ip[INET6_ADDRSTRLEN], port[8], *bytes = malloc(70000);
    // Both kinds of addresses have the port at the same place.
    in_port_t number = ((const struct sockaddr_in *)peer)->sin_port;
    const void *address = peer->ss_family == AF_INET
                              ? (const void *)&((const struct sockaddr_in *)peer)->sin_addr
                              : (const void *)&((const struct sockaddr_in6 *)peer)->sin6_addr;
    inet_ntop(peer->ss_family, address, ip, sizeof ip);
    snprintf(port, sizeof port, ":%d\n", ntohs(number));
    struct iovec line[] = {{"+ ", 2}, {ip, strlen(ip)}, {port, strlen(port)}};
    if (bytes == NULL || writev(STDOUT_FILENO, line, 3) == -1)
        _exit(1);
    for (ssize_t n, done; (n = read(fd, bytes, 70000)) != 0;)
        for (done = 0; done < n;) {
            ssize_t m = write(fd, bytes + done, (size_t)(n - done));
            if (m == -1 && errno != EINTR)
                _exit(1);
            done += m > 0 ? m : 0;
        }
    free(bytes);
    _exit(0);
}

// Returns what accept said: 0, or an errno.
static int take(int lfd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    int fd = accept4(lfd, (struct sockaddr *)&peer, &size, 0);
    if (fd == -1)
        return errno;
    pid_t pid = fork();
    if (pid == 0) {
        close(listeners[0]);
        if (listeners[1] != -1)
            close(listeners[1]);
        signal(SIGCHLD, SIG_DFL);
        live(fd, &peer);
    }
    if (pid == -1)
        warn("fork");
    return close(fd);
}

int main(int argc, char *argv[])
{
    char *rest = NULL;
    long port = argc == 2 && *argv[1] >= '1' && *argv[1] <= '9' ? strtol(argv[1], &rest, 10) : 0;
    if (port < 1 || port > UINT16_MAX || *rest != '\0')
        errx(EXIT_FAILURE, "usage: server PORT");
    listeners[0] = listen_at(AF_INET, (uint16_t)port);
    listeners[1] = listen_at(AF_INET6, (uint16_t)port);

    sigset_t blocked, waiting;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGPIPE);
    sigprocmask(SIG_BLOCK, &blocked, &waiting);
    sigaddset(&waiting, SIGPIPE);
    sigaddset(&blocked, SIGCHLD);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = note_end}, NULL);
    for (int look = 1, told = 0;;) {
        fd_set ready;
        struct timespec soon = {.tv_nsec = 900 * 1000 * 1000};
        FD_ZERO(&ready);
        for (int i = 0; i < 2 && look; i++)
            if (listeners[i] != -1)
                FD_SET(listeners[i], &ready);
        if (pselect(FD_SETSIZE, &ready, NULL, NULL, look ? NULL : &soon, &waiting) == -1)
            FD_ZERO(&ready);
        look = 1;
        for (; some_ended; some_ended = 0)
            while (waitpid(-1, NULL, WNOHANG) > 0)
                continue;
        for (int i = 0; i < 2; i++) {
            if (listeners[i] == -1 || !FD_ISSET(listeners[i], &ready))
                continue;
            int why = take(listeners[i]);
            if (why == 0) {
                told = 0;
            } else if (why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM) {
                look = 0;
                if (!told++)
                    warnx("accept: %s", strerror(why));
            }
        }
    }
}
