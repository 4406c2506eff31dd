/*
 * relay.c - two ways at once between a user and a server.
 *
 *                     up
 *     in   --> read --> [ buffer ] --> write --.
 *                                              >--- sock ---> server
 *     out <-- write <-- [ buffer ] <--- read --'
 *                     down
 *
 * Each way is a flow. One whose buffer is empty waits to read, one whose buffer is full waits to
 * write. Both wait in one place, poll, and nowhere else: a client that sat in write while the
 * server sat in its own write would sit there for ever.
 */
#include "relay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

struct end {
    int fd;
    const char *name; // for messages
};

// One way. data[start] to data[end - 1] was read and is still to be written. There is room for
// PIPE_BUF bytes: so many a pipe takes without waiting when poll says that it has room, pipe(7).
struct flow {
    struct end from;
    struct end to;
    bool ended; // `from` is at its end, and all of it was written
    size_t start, end;
    char data[PIPE_BUF];
};

static bool is_empty(const struct flow *flow)
{
    return flow->start == flow->end;
}

/* What poll is to wait for: room at one end, or bytes at the other. fd -1 is passed over. */
static struct pollfd awaited(const struct flow *flow)
{
    if (flow->ended) {
        return (struct pollfd){.fd = -1};
    }
    if (is_empty(flow)) {
        return (struct pollfd){.fd = flow->from.fd, .events = POLLIN};
    }
    return (struct pollfd){.fd = flow->to.fd, .events = POLLOUT};
}

/*
 * To be called when a read or write at this end failed, with its errno. EAGAIN is no failure: poll
 * was mistaken, poll(2), and will say when to try again. Returns 0 then, or else -1.
 */
static int blame(const struct end *end, const char **where)
{
    if (errno == EAGAIN) {
        return 0;
    }
    *where = end->name;
    return -1;
}

/* Does what poll has found possible. Returns 0; or -1 with errno and *where, see relay.h. */
static int move(struct flow *flow, const char **where)
{
    if (is_empty(flow)) {
        // Fill the buffer with what is there, read(2). 0 is the end.
        // [step 4] TODO(4, flow, where, blame);
        ssize_t n = read(flow->from.fd, flow->data, sizeof flow->data);
        if (n == -1) {
            return blame(&flow->from, where);
        }
        flow->ended = n == 0;
        flow->start = 0;
        flow->end = (size_t)n;
        // [/step 4]

        // Step 7: that there are bytes at one end doesn't mean that there is room at the other. Let
        // poll say when.
        // [step 7]
        return 0;
        // [/step 7]
    }

    // Write what the buffer holds, write(2). What isn't taken stays.
    // [step 4] TODO(4, flow, where, blame);
    ssize_t n = write(flow->to.fd, flow->data + flow->start, flow->end - flow->start);
    if (n == -1) {
        return blame(&flow->to, where);
    }
    flow->start += (size_t)n;
    return 0;
    // [/step 4]
}

int relay(int in, int out, int sock, const char **where)
{
    struct flow up = {.from = {in, "standard input"}, .to = {sock, "server"}};
    struct flow down = {.from = {sock, "server"}, .to = {out, "standard output"}};
    bool half_closed = false;
    int error = 0;

    // Step 7: poll promises a socket room for something, not for everything. Make it nonblocking,
    // fcntl(2), then write takes what fits and never waits. (The socket is ours alone. `in` and
    // `out` are not: the shell has the same terminal, and would find it nonblocking.)
    // [step 7]
    int flags = fcntl(sock, F_GETFL);
    if (flags == -1 || fcntl(sock, F_SETFL, flags | O_NONBLOCK) == -1) {
        *where = up.to.name;
        return -1;
    }
    // [/step 7]

    while (!down.ended || !up.ended) {
        // Wait until one of the ways can go on, poll(2), and let it: move. `down` comes first: when
        // the server has ended, nothing more is written to it. When `up` fails, keep errno in error
        // and call it ended: what the server said before is still to be shown.
        // [step 4] TODO(4, up, down, where, awaited, move);
        struct pollfd ready[] = {awaited(&down), awaited(&up)};
        if (poll(ready, 2, -1) == -1) {
            *where = "poll";
            return -1;
        }
        if (ready[0].revents != 0 && move(&down, where) == -1) {
            return -1;
        }
        if (ready[1].revents != 0 && !down.ended && move(&up, where) == -1) {
            error = errno;
            up.ended = true;
        }
        // [/step 4]

        if (up.ended && !half_closed) {
            // All that the user had is sent. Tell the server so by shutdown(2), not by close: its
            // answer is still to come. (If that fails the connection is gone; read will say so.)
            // [step 6] TODO(6, sock, half_closed);
            shutdown(sock, SHUT_WR);
            half_closed = true;
            // [/step 6]
        }

        if (down.ended && !up.ended) {
            // The server has ended first. Nobody takes what the user may still type: done.
            // [step 8] TODO(8);
            return 0;
            // [/step 8]
        }
    }

    if (error != 0) {
        errno = error;
        return -1;
    }
    return 0;
}
