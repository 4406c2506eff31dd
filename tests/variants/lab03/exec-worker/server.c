#include "address.h"
#include "echo.h"
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void on_child(int sig)
{
    int kept = errno;
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == -1 || info.si_pid == 0)
            break;
        ended = sig;
    }
    errno = kept;
}

static void start_worker(const char *self, int cfd, const struct sockaddr_in *peer)
{
    char client[ADDRESS_TEXT_SIZE];
    format_address(peer, client, sizeof client);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(cfd, STDIN_FILENO);
        execl(self, "echo-worker", (char *)NULL);
        _exit(127);
    }
    if (pid == -1)
        warn("%s", client);
    else
        dprintf(STDOUT_FILENO, "%s: %d\n", client, (int)pid);
}

int main(int argc, char *argv[])
{
    uint16_t port;
    const char *call;
    if (strcmp(argv[0], "echo-worker") == 0)
        return echo_until_end(STDIN_FILENO) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    if (argc != 2 || parse_port(argv[1], &port) == -1)
        errx(EXIT_FAILURE, "usage: server PORT");
    int lfd = open_listener(port, &call), fd;
    if (lfd == -1)
        err(EXIT_FAILURE, "%s %d", call, port);
    // No worker shall have the listener, and no worker the connection of another.
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    sigaction(SIGCHLD, &action, NULL);
    for (int told = 0;;) {
        struct sockaddr_in peer;
        if ((fd = accept_client(lfd, &peer)) == -1) {
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
                err(EXIT_FAILURE, "accept");
            if (!told++)
                warn("accept");
            poll(NULL, 0, 250);
            continue;
        }
        told = 0;
        start_worker(argv[0], fd, &peer);
        close(fd);
    }
}
