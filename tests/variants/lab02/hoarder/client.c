// Takes all that comes, at once, however much it is, and keeps it until somebody wants it.
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct heap {
    char *data;
    size_t start, end, size;
    int ended;
};

static char *room(struct heap *heap, size_t wanted)
{
    if (heap->start == heap->end)
        heap->start = heap->end = 0;
    if (heap->size - heap->end < wanted) {
        heap->size = 2 * heap->size + wanted;
        heap->data = realloc(heap->data, heap->size);
        if (heap->data == NULL)
            err(1, "realloc");
    }
    return heap->data + heap->end;
}

static int port_of(const char *text)
{
    int port = 0;
    if (*text == '\0')
        return -1;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        port = port * 10 + (*text - '0');
        if (port > 65535)
            return -1;
    }
    return port == 0 ? -1 : port;
}

// Puts the port into an address that was found without one.
static void set_port(struct sockaddr *address, int port)
{
    if (address->sa_family == AF_INET6)
        ((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
    else
        ((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
}

// IPv4 first, whatever the system would prefer, then IPv6.
static int dial(const char *host, int port)
{
    static const int families[] = {AF_INET, AF_INET6};
    int found = 0, why = 0, error = 0;
    for (int f = 0; f < 2; f++) {
        struct addrinfo hints = {.ai_family = families[f], .ai_socktype = SOCK_STREAM};
        struct addrinfo *list, *one;
        int rc = getaddrinfo(host, NULL, &hints, &list);
        if (rc != 0) {
            why = why != 0 && why != EAI_ADDRFAMILY ? why : rc;
            continue;
        }
        found = 1;
        for (one = list; one != NULL; one = one->ai_next) {
            int on = 1, fd = socket(one->ai_family, SOCK_STREAM, IPPROTO_TCP);
            set_port(one->ai_addr, port);
            if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                freeaddrinfo(list);
                return fd;
            }
            error = errno;
            if (fd >= 0)
                close(fd);
        }
        freeaddrinfo(list);
    }
    if (!found)
        fprintf(stderr, "client: can't find %s: %s\n", host, gai_strerror(why));
    else
        fprintf(stderr, "client: can't connect to %s: %s\n", host, strerror(error));
    exit(3);
}

// The connection is lost. What came before that is not.
static void broken(const struct heap *down)
{
    int error = errno;
    for (size_t at = down->start; at < down->end;) {
        ssize_t n = write(1, down->data + at, down->end - at);
        if (n == -1)
            break;
        at += (size_t)n;
    }
    errno = error;
    err(1, "the server");
}

int main(int argc, char **argv)
{
    struct heap up = {0}, down = {0};
    int told = 0, port = argc == 3 ? port_of(argv[2]) : -1;
    if (port == -1) {
        dprintf(2, "client: two arguments are needed, HOST and PORT\n");
        return 2;
    }
    int fd = dial(argv[1], port);
    for (;;) {
        struct pollfd p[] = {
            {.fd = up.ended ? -1 : 0, .events = POLLIN},
            {.fd = fd,
             .events = (short)((down.ended ? 0 : POLLIN) | (up.end > up.start ? POLLOUT : 0))},
            {.fd = down.end > down.start ? 1 : -1, .events = POLLOUT},
        };
        if (down.ended && down.start == down.end)
            break;
        if (down.ended)
            p[0].fd = p[1].fd = -1;
        if (poll(p, 3, -1) == -1)
            continue;
        if (p[0].revents) {
            ssize_t n = read(0, room(&up, 65536), 65536);
            up.end += n > 0 ? (size_t)n : 0;
            up.ended = n == 0;
        }
        if (p[1].revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t n = recv(fd, room(&down, 65536), 65536, MSG_DONTWAIT);
            if (n == -1 && errno != EAGAIN)
                broken(&down);
            down.end += n > 0 ? (size_t)n : 0;
            down.ended = n == 0;
        }
        if (up.end > up.start && !down.ended) {
            ssize_t n =
                send(fd, up.data + up.start, up.end - up.start, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n == -1 && errno != EAGAIN)
                broken(&down);
            up.start += n > 0 ? (size_t)n : 0;
        }
        if (p[2].revents) {
            // No more than a pipe takes without waiting.
            size_t size = down.end - down.start < PIPE_BUF ? down.end - down.start : PIPE_BUF;
            ssize_t n = write(1, down.data + down.start, size);
            if (n == -1)
                err(1, "stdout");
            down.start += (size_t)n;
        }
        if (up.ended && up.start == up.end && !told) {
            told = 1;
            shutdown(fd, SHUT_WR);
        }
    }
    free(up.data);
    free(down.data);
    close(fd);
    return 0;
}
