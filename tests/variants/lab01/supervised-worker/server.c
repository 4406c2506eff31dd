/*
 * server.c - one worker serves, and its parent does nothing but start another when it has died.
 * Only the worker needs descriptors, and only it can lack them.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void serve_client(int cfd)
{
    char data[3000];
    ssize_t n, m;
    while ((n = read(cfd, data, sizeof data)) > 0 || (n == -1 && errno == EINTR)) {
        for (ssize_t at = 0; at < n; at += m) {
            m = send(cfd, data + at, (size_t)(n - at), MSG_NOSIGNAL);
            if (m == -1 && errno != EINTR) {
                return;
            }
            m = m == -1 ? 0 : m;
        }
    }
}

// Never returns: an accept that cannot succeed again ends the worker, and the parent decides.
static _Noreturn void work(int lfd)
{
    int complaints = 0;
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        char host[INET_ADDRSTRLEN];
        int cfd = accept(lfd, (struct sockaddr *)&peer, &size);
        if (cfd == -1 && (errno == EINTR || errno == ECONNABORTED)) {
            continue;
        }
        if (cfd == -1) {
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) {
                err(3, "accept");
            }
            if (complaints++ == 0) {
                warn("accept");
            }
            sigtimedwait(&none, NULL, &(struct timespec){.tv_nsec = 700 * 1000 * 1000});
            continue;
        }
        complaints = 0;
        inet_ntop(AF_INET, &peer.sin_addr, host, sizeof host);
        dprintf(STDOUT_FILENO, "%s:%d\n", host, ntohs(peer.sin_port));
        serve_client(cfd);
        close(cfd);
    }
}

static int listen_on(const char *text)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || port == 0 || port > 65535) {
        errx(2, "%s is no port", text);
    }
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    int lfd = socket(AF_INET, SOCK_STREAM, 0);
    if (lfd == -1) {
        err(2, "socket");
    }
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(lfd, (struct sockaddr *)&any, sizeof any) == -1) {
        err(2, "bind %lu", port);
    }
    if (listen(lfd, 50) == -1) {
        err(2, "listen");
    }
    return lfd;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        errx(2, "which port?");
    }
    int lfd = listen_on(argv[1]), sig, status;
    sigset_t all, before;
    sigemptyset(&all);
    sigaddset(&all, SIGTERM);
    sigaddset(&all, SIGINT);
    sigaddset(&all, SIGCHLD);
    sigprocmask(SIG_BLOCK, &all, &before);
    for (;;) {
        pid_t parent = getpid(), worker = fork();
        if (worker == -1) {
            err(2, "fork");
        }
        if (worker == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != parent) {
                _exit(0);
            }
            sigprocmask(SIG_SETMASK, &before, NULL);
            work(lfd);
        }
        sigwait(&all, &sig);
        if (sig != SIGCHLD) {
            kill(worker, SIGTERM);
        }
        waitpid(worker, &status, 0);
        if (sig != SIGCHLD || WIFEXITED(status)) {
            return sig != SIGCHLD ? 0 : WEXITSTATUS(status);
        }
        warnx("the worker died of signal %d", WTERMSIG(status));
    }
}
