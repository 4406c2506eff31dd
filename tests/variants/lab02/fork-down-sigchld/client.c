// Two processes, the other way round: the child shows what the server says. When it ends, SIGCHLD
// takes its status to the parent, which may sit in read or write just then.
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig)
{
    int status;
    (void)sig;
    if (wait(&status) != -1)
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static int copy(int from, int to)
{
    static char data[20000];
    for (;;) {
        ssize_t n = read(from, data, sizeof data), at = 0;
        if (n <= 0)
            return (int)n;
        while (at < n) {
            ssize_t m = write(to, data + at, (size_t)(n - at));
            if (m == -1)
                return -1;
            at += m;
        }
    }
}

static int dial(const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *first;
    int problem = getaddrinfo(host, port, &hints, &first), sock = -1, reason = 0;
    if (problem != 0) {
        fprintf(stderr, "%s: %s\n", host, gai_strerror(problem));
        exit(1);
    }
    for (struct addrinfo *a = first; a != NULL && sock == -1; a = a->ai_next) {
        sock = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        reason = errno;
        if (sock != -1 && connect(sock, a->ai_addr, a->ai_addrlen) == -1) {
            reason = errno;
            close(sock);
            sock = -1;
        }
    }
    freeaddrinfo(first);
    if (sock == -1) {
        fprintf(stderr, "%s: %s\n", host, strerror(reason));
        exit(1);
    }
    return sock;
}

int main(int argc, char *argv[])
{
    int digits = 0, number = 0;
    if (argc == 3)
        sscanf(argv[2], "%5d%n", &number, &digits);
    if (argc != 3 || strspn(argv[2], "0123456789") != strlen(argv[2]) ||
        strlen(argv[2]) != (size_t)digits || number < 1 || number > 65535) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 64;
    }
    int sock = dial(argv[1], argv[2]);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, on_child); // with SA_RESTART, as glibc's signal has it

    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {
        signal(SIGCHLD, SIG_DFL);
        int done = copy(sock, STDOUT_FILENO);
        if (done == -1)
            warn("server to stdout");
        _exit(done == 0 ? 0 : 1);
    }
    // What can't be sent is lost, and that is no success, whatever the child makes of it.
    if (copy(STDIN_FILENO, sock) == -1)
        err(1, "stdin to server");
    shutdown(sock, SHUT_WR);
    for (;;)
        pause();
}
