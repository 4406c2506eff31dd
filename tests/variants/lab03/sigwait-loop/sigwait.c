#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static sigset_t signals;

static void on_pipe(int sig)
{
    (void)sig;
    _exit(3);
}

_Noreturn static void child(int fd)
{
    unsigned char one[1500];
    struct msghdr message = {.msg_iovlen = 1};
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    signal(SIGPIPE, on_pipe);
    for (;;) {
        struct iovec part = {one, sizeof one};
        message.msg_iov = &part;
        ssize_t n = recvmsg(fd, &message, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(n == 0 ? 0 : 1);
        for (part.iov_len = (size_t)n; part.iov_len > 0;) {
            ssize_t m = sendmsg(fd, &message, 0);
            if (m < 0 && errno != EINTR)
                _exit(1);
            if (m > 0) {
                part.iov_base = (unsigned char *)part.iov_base + m;
                part.iov_len -= (size_t)m;
            }
        }
    }
}

// Takes all clients that are there. Returns 0, or the errno that says that there is no room.
static int take_all(int lfd)
{
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept(lfd, (struct sockaddr *)&peer, &size);
        if (fd == -1) {
            switch (errno) {
            case EMFILE:
            case ENFILE:
            case ENOBUFS:
            case ENOMEM:
                return errno;
            case EAGAIN:
                return 0;
            default:
                continue;
            }
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(lfd);
            child(fd);
        }
        if (pid == -1)
            fprintf(stderr, "no process for %s:%d: %s\n", inet_ntoa(peer.sin_addr),
                    ntohs(peer.sin_port), strerror(errno));
        else
            printf("%s:%d -> %d\n", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port), (int)pid);
        close(fd);
    }
}

int main(int argc, char *argv[])
{
    setvbuf(stdout, NULL, _IONBF, 0);
    char *end = NULL;
    long port = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (argc != 2 || end == argv[1] || *end != '\0' || port < 1 || port > 65535)
        errx(EXIT_FAILURE, "usage: %s PORT", argv[0]);
    int lfd = socket(PF_INET, SOCK_STREAM, IPPROTO_TCP), on = 1;
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    local.sin_addr.s_addr = inet_addr("127.0.0.1");
    if (lfd == -1 || setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        bind(lfd, (struct sockaddr *)&local, sizeof local) == -1)
        err(EXIT_FAILURE, "%ld", port);

    sigemptyset(&signals);
    sigaddset(&signals, SIGIO);
    sigaddset(&signals, SIGCHLD);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    fcntl(lfd, F_SETOWN, getpid());
    fcntl(lfd, F_SETFL, O_ASYNC | O_NONBLOCK);
    if (listen(lfd, 50) == -1)
        err(EXIT_FAILURE, "listen");

    int told = 0;
    for (;;) {
        const struct timespec second = {.tv_nsec = 300 * 1000 * 1000};
        int trouble = take_all(lfd);
        if (trouble != 0 && told == 0)
            warnx("%s", strerror(trouble));
        told = trouble;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (trouble != 0)
            sigtimedwait(&signals, NULL, &second);
        else
            sigwaitinfo(&signals, NULL);
    }
}
