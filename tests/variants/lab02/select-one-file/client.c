// A client in one file. Everything is nonblocking, and select tells when to try.
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 65536 };

struct way {
    int from, to;
    char data[SIZE];
    size_t used;
    int ended;
};

static int old_flags = -1;

static void restore_stdout(void)
{
    if (old_flags != -1)
        fcntl(STDOUT_FILENO, F_SETFL, old_flags);
}

static int would_wait(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static void pull(struct way *way)
{
    ssize_t n = read(way->from, way->data + way->used, SIZE - way->used);
    if (n > 0)
        way->used += (size_t)n;
    else if (n == 0)
        way->ended = 1;
    else if (!would_wait())
        err(1, "read");
}

static void push(struct way *way)
{
    ssize_t n = write(way->to, way->data, way->used);
    if (n > 0) {
        way->used -= (size_t)n;
        memmove(way->data, way->data + n, way->used);
    } else if (n < 0 && !would_wait()) {
        err(1, "write");
    }
}

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *one;
    int fd = -1, rc = getaddrinfo(host, port, &hints, &list);
    if (rc != 0)
        errx(1, "cannot resolve %s: %s", host, gai_strerror(rc));
    for (one = list; one != NULL; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (fd < 0)
            continue;
        if (connect(fd, one->ai_addr, one->ai_addrlen) == 0)
            break;
        int keep = errno;
        close(fd);
        errno = keep;
    }
    if (one == NULL)
        err(1, "cannot connect to %s %s", host, port);
    freeaddrinfo(list);
    return fd;
}

int main(int argc, char **argv)
{
    static struct way up, down;
    int no_more = 0;
    char *end;

    if (argc != 3 || strspn(argv[2], "0123456789") != strlen(argv[2]) ||
        strtoul(argv[2], &end, 10) < 1 || strtoul(argv[2], NULL, 10) > 65535) {
        fprintf(stderr, "client HOST PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    int fd = dial(argv[1], argv[2]);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    old_flags = fcntl(STDOUT_FILENO, F_GETFL);
    atexit(restore_stdout);
    fcntl(STDOUT_FILENO, F_SETFL, old_flags | O_NONBLOCK);
    up.from = STDIN_FILENO;
    up.to = down.from = fd;
    down.to = STDOUT_FILENO;

    while (!down.ended || down.used > 0) {
        fd_set in, out;
        FD_ZERO(&in);
        FD_ZERO(&out);
        if (!up.ended && up.used < SIZE)
            FD_SET(STDIN_FILENO, &in);
        if (!down.ended && down.used < SIZE)
            FD_SET(fd, &in);
        if (up.used > 0)
            FD_SET(fd, &out);
        if (down.used > 0)
            FD_SET(STDOUT_FILENO, &out);
        if (select(fd + 1, &in, &out, NULL, NULL) < 0) {
            if (errno == EINTR)
                continue;
            err(1, "select");
        }
        if (FD_ISSET(fd, &in))
            pull(&down);
        if (FD_ISSET(STDOUT_FILENO, &out))
            push(&down);
        if (FD_ISSET(STDIN_FILENO, &in))
            pull(&up);
        if (!down.ended && FD_ISSET(fd, &out))
            push(&up);
        if (up.ended && up.used == 0 && !no_more) {
            shutdown(fd, SHUT_WR);
            no_more = 1;
        }
    }
    close(fd);
    return 0;
}
