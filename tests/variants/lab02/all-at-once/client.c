// "Happy eyeballs": all addresses are tried at the same time, and the first that answers is taken.
// Then one poll with a time limit, after which nothing is done but to poll again.
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ATTEMPTS = 16, HEARTBEAT_MS = 1000 };

static _Noreturn void die(const char *what, const char *why)
{
    dprintf(STDERR_FILENO, "client: %s: %s\n", what, why);
    _exit(1);
}

// Did this attempt succeed? Its error otherwise.
static int result_of(int fd)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

static int dial(const char *host, const char *port)
{
    struct addrinfo *list, hints = {.ai_protocol = IPPROTO_TCP};
    struct pollfd attempt[ATTEMPTS];
    nfds_t count = 0, open = 0;
    int error = 0, winner = -1, found = getaddrinfo(host, port, &hints, &list);
    if (found != 0)
        die(host, gai_strerror(found));
    for (struct addrinfo *a = list; a != NULL && count < ATTEMPTS; a = a->ai_next) {
        int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd != -1 && (connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS)) {
            attempt[count++] = (struct pollfd){.fd = fd, .events = POLLOUT};
            open++;
            continue;
        }
        error = errno;
        if (fd != -1)
            close(fd);
    }
    freeaddrinfo(list);
    while (open > 0 && winner == -1) {
        poll(attempt, count, -1);
        for (nfds_t i = 0; i < count; i++) {
            if (attempt[i].fd == -1 || attempt[i].revents == 0)
                continue;
            int failed = result_of(attempt[i].fd);
            if (failed == 0 && winner == -1) {
                winner = attempt[i].fd;
            } else {
                error = failed;
                close(attempt[i].fd);
            }
            attempt[i].fd = -1;
            open--;
        }
    }
    for (nfds_t i = 0; i < count; i++)
        if (attempt[i].fd != -1)
            close(attempt[i].fd);
    if (winner == -1)
        die(host, strerror(error));
    return winner;
}

static char up[3000], down[3000];

int main(int argc, char *argv[])
{
    size_t up_at = 0, up_end = 0, down_at = 0, down_end = 0, digits;
    int in_ended = 0, told = 0;
    if (argc != 3 || (digits = strspn(argv[2], "0123456789")) == 0 || argv[2][digits] != '\0' ||
        digits > 5 || atoi(argv[2]) == 0 || atoi(argv[2]) > UINT16_MAX)
        die("usage", "client HOST PORT");
    int fd = dial(argv[1], argv[2]);
    for (;;) {
        struct pollfd p[3] = {
            {.fd = in_ended || up_at < up_end ? -1 : STDIN_FILENO, .events = POLLIN},
            {.fd = down_at < down_end ? STDOUT_FILENO : -1, .events = POLLOUT},
            {.fd = fd,
             .events =
                 (short)((up_at < up_end ? POLLOUT : 0) | (down_at == down_end ? POLLIN : 0))},
        };
        // Nothing to wait for there: not even for its end, of which poll would tell all the time.
        if (p[2].events == 0)
            p[2].fd = -1;
        if (poll(p, 3, HEARTBEAT_MS) <= 0)
            continue;
        if (p[1].revents != 0) {
            ssize_t n = write(STDOUT_FILENO, down + down_at, down_end - down_at);
            if (n == -1)
                die("stdout", strerror(errno));
            down_at += (size_t)n;
        }
        if (p[2].revents != 0 && down_at == down_end) {
            ssize_t n = recvfrom(fd, down, sizeof down, MSG_DONTWAIT, NULL, NULL);
            if (n == 0)
                return 0;
            if (n == -1 && errno != EAGAIN)
                die("server", strerror(errno));
            down_at = 0;
            down_end = n > 0 ? (size_t)n : 0;
        }
        if (p[2].revents != 0 && up_at < up_end) {
            ssize_t n =
                sendto(fd, up + up_at, up_end - up_at, MSG_NOSIGNAL | MSG_DONTWAIT, NULL, 0);
            if (n == -1 && errno != EAGAIN && down_at == down_end)
                die("server", strerror(errno));
            if (n == -1 && errno != EAGAIN)
                up_at = up_end, in_ended = 1; // reading will tell, when stdout has taken the rest
            up_at += n > 0 ? (size_t)n : 0;
        }
        if (p[0].revents != 0) {
            ssize_t n = read(STDIN_FILENO, up, sizeof up);
            if (n == -1)
                die("stdin", strerror(errno));
            in_ended = n == 0;
            up_at = 0;
            up_end = (size_t)n;
        }
        if (in_ended && up_at == up_end && !told) {
            shutdown(fd, SHUT_WR);
            told = 1;
        }
    }
}
