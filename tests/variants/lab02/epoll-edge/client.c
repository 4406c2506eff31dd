// Edge-triggered: every event means "go on until it says EAGAIN". stdin and stdout are opened anew,
// to be nonblocking for us alone. Where that fails they are so for all who share them.
#include "address.h"
#include "connect.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { RING = 1 << 15 };

struct ring {
    size_t in, out; // counted on for ever; modulo RING they are places
    char data[RING];
    bool ended;
};

// The parts of the ring that are free (or full, from `first` on): one or two.
static int parts(struct ring *ring, size_t first, size_t size, struct iovec part[2])
{
    size_t at = first % RING, straight = RING - at < size ? RING - at : size;
    part[0] = (struct iovec){.iov_base = ring->data + at, .iov_len = straight};
    part[1] = (struct iovec){.iov_base = ring->data, .iov_len = size - straight};
    return size > straight ? 2 : 1;
}

// Reads and writes until neither goes on. Returns whether something moved.
static bool pump(struct ring *ring, int from, int to)
{
    struct iovec part[2];
    bool moved = false;
    if (!ring->ended && ring->in - ring->out < RING) {
        int count = parts(ring, ring->in, RING - (ring->in - ring->out), part);
        ssize_t n = readv(from, part, count);
        if (n == -1 && errno != EAGAIN && errno != EINTR)
            err(1, "read");
        moved = n >= 0;
        ring->ended = n == 0;
        ring->in += n > 0 ? (size_t)n : 0;
    }
    if (ring->in > ring->out) {
        int count = parts(ring, ring->out, ring->in - ring->out, part);
        ssize_t n = writev(to, part, count);
        if (n == -1 && errno != EAGAIN && errno != EINTR)
            err(1, "write");
        moved = moved || n > 0;
        ring->out += n > 0 ? (size_t)n : 0;
    }
    return moved;
}

static int open_anew(int fd, int flags)
{
    char path[] = "/dev/fd/0";
    path[8] = (char)('0' + fd);
    int own = open(path, flags | O_NONBLOCK | O_CLOEXEC);
    if (own != -1)
        return own;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    return fd;
}

static void watch(int poller, int fd, unsigned events)
{
    struct epoll_event event = {.events = events | EPOLLET};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) == -1 && errno != EPERM)
        err(1, "epoll_ctl");
}

int main(int argc, char *argv[])
{
    static struct ring up, down;
    uint16_t number;
    int lookup;
    if (argc != 3 || parse_port(argv[2], &number) == -1)
        errx(2, "usage: client HOST PORT");
    int sock = connect_to(argv[1], argv[2], &lookup);
    if (sock == -1 && lookup != 0)
        errx(1, "%s: %s", argv[1], gai_strerror(lookup));
    if (sock == -1)
        err(1, "%s", argv[1]);
    signal(SIGPIPE, SIG_IGN);
    fcntl(sock, F_SETFL, O_NONBLOCK);

    int in = open_anew(STDIN_FILENO, O_RDONLY), out = open_anew(STDOUT_FILENO, O_WRONLY);
    int poller = epoll_create1(EPOLL_CLOEXEC);
    watch(poller, sock, EPOLLIN | EPOLLOUT);
    watch(poller, in, EPOLLIN);
    watch(poller, out, EPOLLOUT);
    for (bool told = false;;) {
        bool moved = pump(&down, sock, out);
        if (down.ended && down.in == down.out)
            return 0;
        if (!down.ended)
            moved = pump(&up, in, sock) || moved;
        if (up.ended && up.in == up.out && !told) {
            shutdown(sock, SHUT_WR);
            told = true;
        }
        struct epoll_event event;
        if (!moved && epoll_wait(poller, &event, 1, -1) == -1 && errno != EINTR)
            err(1, "epoll_wait");
    }
}
