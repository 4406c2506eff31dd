// Two processes. The child sends what stdin has; the parent shows what the server says, ends the
// child when the server has ended, and learns from its status whether it had failed before.
#include "address.h"
#include "io.h"

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *all;
    int failure = getaddrinfo(host, port, &hints, &all), fd = -1;
    if (failure != 0)
        errx(1, "%s: %s", host, failure == EAI_SYSTEM ? "see errno" : gai_strerror(failure));
    for (struct addrinfo *a = all; a != NULL; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd == -1 || connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        int error = errno;
        close(fd);
        fd = -1;
        errno = error;
    }
    if (fd == -1)
        err(1, "connect to %s", host);
    freeaddrinfo(all);
    return fd;
}

// recv where it can, for a change.
static ssize_t take(int from, char *data, size_t size)
{
    ssize_t n;
    do
        n = recv(from, data, size, 0);
    while (n == -1 && errno == EINTR);
    return n == -1 && errno == ENOTSOCK ? read(from, data, size) : n;
}

static int copy(int from, int to)
{
    char data[8192];
    ssize_t n;
    while ((n = take(from, data, sizeof data)) > 0)
        if (write_all(to, data, (size_t)n) == -1)
            return -1;
    return (int)n;
}

int main(int argc, char *argv[])
{
    uint16_t port;
    if (argc != 3 || parse_port(argv[2], &port) == -1)
        errx(1, "HOST PORT");
    int sock = dial(argv[1], argv[2]);
    signal(SIGPIPE, SIG_IGN);
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {
        if (copy(STDIN_FILENO, sock) == -1)
            err(1, "sending");
        shutdown(sock, SHUT_WR);
        _exit(0);
    }
    int status, done = copy(sock, STDOUT_FILENO);
    if (done == -1)
        warn("receiving");
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    return done == -1 || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
}
