// SA_NOCLDWAIT: there is nothing to reap. The child has its buffer in thread-local storage, a time
// limit on its socket that only makes it look again, and half-closes before it leaves. All output
// is stderr but the line that is asked for; stdout is unbuffered.
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static _Thread_local unsigned char room[64];

static bool again(void)
{
    return errno == EINTR || errno == EAGAIN;
}

static int echo(int fd)
{
    const struct timeval often = {.tv_usec = 200 * 1000};
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &often, sizeof often);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (;;) {
        ssize_t n = recv(fd, room, sizeof room, 0);
        if (n == 0)
            return shutdown(fd, SHUT_WR);
        if (n == -1 && !again())
            return -1;
        for (ssize_t sent = 0; sent < n;) {
            ssize_t m = send(fd, room + sent, (size_t)(n - sent), MSG_NOSIGNAL);
            if (m == -1 && !again())
                return -1;
            sent += m > 0 ? m : 0;
        }
    }
}

int main(int argc, char *argv[])
{
    char *end;
    if (argc != 2 || strspn(argv[1], "0123456789") == 0)
        errx(1, "which port?");
    long port = strtol(argv[1], &end, 10);
    if (*end != '\0' || port == 0 || port > 0xffff)
        errx(1, "%s is no port", argv[1]);
    int lfd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    struct linger none = {0};
    setsockopt(lfd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_aton("0.0.0.0", &self.sin_addr);
    if (bind(lfd, (struct sockaddr *)&self, sizeof self) || listen(lfd, 4096))
        err(1, "%ld", port);
    setbuf(stdout, NULL);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT}, NULL);

    bool quiet = false;
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept(lfd, (struct sockaddr *)&peer, &size);
        if (fd < 0) {
            switch (errno) {
            case EMFILE:
            case ENFILE:
            case ENOBUFS:
            case ENOMEM:
                if (!quiet)
                    warn("waiting");
                quiet = true;
                usleep(20000);
                continue;
            default:
                continue;
            }
        }
        quiet = false;
        char line[40];
        snprintf(line, sizeof line, "%s:%hu\n", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port));
        pid_t pid = fork();
        if (pid == 0) {
            close(lfd);
            _exit(echo(fd) == 0 ? 0 : 7);
        }
        if (pid > 0)
            fputs(line, stdout);
        else
            warn("fork");
        close(fd);
    }
}
