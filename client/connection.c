/*
 * connection.c - see connection.h.
 */
#include "connection.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, POLL_MAX = 2048, TICK_MS = 5 };

// splitmix64: one multiplication chain a word, and any place of the stream can be reached.
static uint64_t stream_word(uint64_t seed, uint64_t index)
{
    uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

void stream_fill(struct stream *stream, unsigned char *data, size_t size)
{
    while (size > 0) {
        uint64_t word = stream_word(stream->seed, stream->offset / 8);
        size_t skip = stream->offset % 8;
        size_t part = 8 - skip < size ? 8 - skip : size;
        memcpy(data, (unsigned char *)&word + skip, part);
        stream->offset += part;
        data += part;
        size -= part;
    }
}

// Every connection has a stream of its own, so that bytes of another one are seen to be foreign.
static uint64_t seed_for(uint64_t seed, const char *name)
{
    uint64_t hash = seed ^ 0xcbf29ce484222325U;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3U;
    return hash;
}

struct connection *connection_find(struct session *session, const char *name)
{
    for (struct connection *c = session->first; c != NULL; c = c->next)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

struct connection *connection_add(struct session *session, const char *name, int rfd, int wfd)
{
    struct connection *c = connection_find(session, name);
    if (c != NULL) {
        connection_close(c, false);
        struct connection *next = c->next;
        free(c->held);
        *c = (struct connection){.next = next};
    } else {
        if ((c = calloc(1, sizeof *c)) == NULL)
            return NULL;
        if (session->last == NULL)
            session->last = &session->first;
        *session->last = c;
        session->last = &c->next;
    }
    snprintf(c->name, sizeof c->name, "%s", name);
    c->rfd = rfd;
    c->wfd = wfd;
    c->sent.seed = c->expected.seed = seed_for(session->seed, name);
    fcntl(rfd, F_SETFL, O_NONBLOCK);
    fcntl(wfd, F_SETFL, O_NONBLOCK);
    return c;
}

// --- Reflecting -----------------------------------------------------------------------------

// What a reflecting connection waits for: room while it holds bytes, else more bytes.
static short reflect_events(const struct connection *c)
{
    if (!c->reflecting || c->reflected_end || c->rfd == -1)
        return 0;
    return c->held_size > 0 ? POLLOUT : POLLIN;
}

static void reflect(struct connection *c)
{
    if (c->held == NULL && (c->held = malloc(REFLECT_SIZE)) == NULL)
        return;
    if (c->held_size == 0) {
        ssize_t n = read(c->rfd, c->held, REFLECT_SIZE);
        if (n == 0)
            connection_shut(c);
        if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
            c->reflected_end = true;
        if (n <= 0)
            return;
        c->held_start = 0;
        c->held_size = (size_t)n;
    }
    ssize_t n = write(c->wfd, c->held + c->held_start, c->held_size);
    if (n == -1 && errno != EAGAIN && errno != EINTR)
        c->reflected_end = true;
    if (n > 0) {
        c->held_start += (size_t)n;
        c->held_size -= (size_t)n;
    }
}

int connection_port(const struct connection *c, bool peer)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    int got = peer ? getpeername(c->rfd, (struct sockaddr *)&address, &size)
                   : getsockname(c->rfd, (struct sockaddr *)&address, &size);
    // sin_port and sin6_port stand at the same place.
    return got == -1 ? 0 : ntohs(((struct sockaddr_in *)&address)->sin_port);
}

bool connection_serve(struct session *session, struct pollfd *wanted, size_t wanted_count,
                      int timeout_ms)
{
    static struct pollfd fds[POLL_MAX];
    static struct connection *reflectors[POLL_MAX];
    nfds_t count = wanted_count;
    bool ready = false;

    if (wanted_count > 0)
        memcpy(fds, wanted, wanted_count * sizeof *fds);
    for (struct connection *c = session->first; c != NULL && count < POLL_MAX; c = c->next)
        if (reflect_events(c) != 0) {
            reflectors[count] = c;
            fds[count++] = (struct pollfd){
                .fd = c->held_size > 0 ? c->wfd : c->rfd,
                .events = reflect_events(c),
            };
        }
    if (poll(fds, count, timeout_ms) <= 0)
        return false;
    for (nfds_t i = wanted_count; i < count; i++)
        if (fds[i].revents != 0) {
            reflect(reflectors[i]);
            session->moves++;
        }
    for (size_t i = 0; i < wanted_count; i++)
        ready = (wanted[i].revents = fds[i].revents) != 0 || ready;
    return ready;
}

bool connection_wait(struct session *session, struct pollfd *wanted, size_t wanted_count)
{
    double since = now_seconds();
    uint64_t moves;
    const int on = 1;

    session->gave_up[0] = '\0';
    // A peer that writes small pieces waits for our acknowledgement (Nagle): don't delay it 40 ms.
    for (size_t i = 0; i < wanted_count; i++)
        setsockopt(wanted[i].fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    do {
        moves = session->moves;
        if (connection_serve(session, wanted, wanted_count, TICK_MS))
            return true;
    } while (session->moves != moves ||
             session->patience.go_on(session->patience.arg, since, session->gave_up,
                                     sizeof session->gave_up));
    // A program's last act may have come between the look at it and the look at its end.
    return connection_serve(session, wanted, wanted_count, 0);
}

static bool wait_for(struct session *session, int fd, short events)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    return connection_wait(session, &wanted, 1);
}

// --- Reading and writing --------------------------------------------------------------------

// connect(2) has told of the reset already: the kernel says it once only.
static bool is_lost(const struct connection *c)
{
    if (c->lost)
        errno = ECONNRESET;
    return c->lost;
}

ssize_t connection_read(struct session *session, struct connection *c, void *data, size_t size)
{
    while (!is_lost(c)) {
        ssize_t n = read(c->rfd, data, size);
        if (n >= 0)
            return n;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN) {
            c->error = errno;
            return -1;
        }
        if (!wait_for(session, c->rfd, POLLIN)) {
            errno = ETIMEDOUT;
            return -1;
        }
    }
    return -1;
}

int connection_write(struct session *session, struct connection *c, const void *data, size_t size)
{
    const unsigned char *p = data;
    if (is_lost(c))
        return -1;
    while (size > 0) {
        ssize_t n = write(c->wfd, p, size);
        if (n > 0) {
            p += n;
            size -= (size_t)n;
        } else if (n == -1 && errno == EAGAIN) {
            if (!wait_for(session, c->wfd, POLLOUT)) {
                errno = ETIMEDOUT;
                return -1;
            }
        } else if (n == -1 && errno != EINTR) {
            c->error = errno;
            return -1;
        }
    }
    return 0;
}

// Returns the first place where a and b differ, or size.
static size_t first_difference(const unsigned char *a, const unsigned char *b, size_t size)
{
    size_t i = 0;
    if (memcmp(a, b, size) == 0)
        return size;
    while (a[i] == b[i])
        i++;
    return i;
}

// The state of one connection_echo(): how much is still to go out and to come back.
struct echo {
    uint64_t to_send, to_read;
    unsigned char out[CHUNK], in[CHUNK], wanted[CHUNK];
    size_t out_start, out_size;
};

// With a limit of time, what is on its way when that is over must still come back: nobody gets more
// than AHEAD ahead of him until he has shown that he is quick.
static bool echo_may_send(const struct echo *echo, uint64_t size, double seconds)
{
    enum { AHEAD = 1 << 20 };
    uint64_t on_its_way = echo->to_read - echo->to_send, back = size - echo->to_read;
    return echo->to_send > 0 && (seconds <= 0 || on_its_way < AHEAD || on_its_way < back);
}

static int echo_send(struct connection *c, struct echo *echo)
{
    if (echo->out_size == 0) {
        echo->out_size = echo->to_send < CHUNK ? (size_t)echo->to_send : CHUNK;
        echo->out_start = 0;
        stream_fill(&c->sent, echo->out, echo->out_size);
    }
    ssize_t n = write(c->wfd, echo->out + echo->out_start, echo->out_size);
    if (n == -1)
        return errno == EAGAIN || errno == EINTR ? 0 : -1;
    echo->out_start += (size_t)n;
    echo->out_size -= (size_t)n;
    echo->to_send -= (uint64_t)n;
    return 0;
}

static int echo_read(struct connection *c, struct echo *echo, uint64_t *where)
{
    size_t part = echo->to_read < CHUNK ? (size_t)echo->to_read : CHUNK;
    ssize_t n = read(c->rfd, echo->in, part);
    if (n == 0)
        errno = 0;
    if (n <= 0)
        return n == -1 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    *where = c->expected.offset;
    stream_fill(&c->expected, echo->wanted, (size_t)n);
    size_t same = first_difference(echo->in, echo->wanted, (size_t)n);
    *where += same;
    echo->to_read -= (uint64_t)n;
    return same == (size_t)n ? 0 : 1;
}

int connection_echo(struct session *session, struct connection *c, uint64_t size, double seconds,
                    uint64_t *where)
{
    static struct echo echo;
    double start = now_seconds();

    echo.to_send = echo.to_read = size;
    echo.out_size = 0;
    *where = c->expected.offset;
    if (is_lost(c))
        return -1;
    while (echo.to_read > 0) {
        int done = echo_may_send(&echo, size, seconds) ? echo_send(c, &echo) : 0;
        if (seconds > 0 && echo.out_size == 0 && echo.to_send > 0 &&
            now_seconds() - start > seconds) {
            echo.to_read -= echo.to_send;
            echo.to_send = 0;
        }
        uint64_t before = echo.to_read + echo.to_send;
        if (done == 0)
            done = echo_read(c, &echo, where);
        if (done != 0)
            return done;
        // Nothing came: wait for it, or for room to send more.
        if (echo.to_read + echo.to_send == before) {
            struct pollfd both[2] = {{.fd = c->rfd, .events = POLLIN},
                                     {.fd = c->wfd, .events = POLLOUT}};
            size_t wanted = echo_may_send(&echo, size, seconds) ? 2 : 1;
            if (!connection_wait(session, both, wanted)) {
                errno = ETIMEDOUT;
                return -1;
            }
        }
    }
    return 0;
}

// --- Ending ---------------------------------------------------------------------------------

int connection_shut(struct connection *c)
{
    if (c->wfd == -1)
        return 0;
    if (c->wfd == c->rfd)
        return shutdown(c->wfd, SHUT_WR);
    int done = close(c->wfd);
    c->wfd = -1;
    return done;
}

void connection_close(struct connection *c, bool reset)
{
    struct linger now_and_hard = {.l_onoff = 1, .l_linger = 0};
    if (reset && c->rfd >= 0)
        setsockopt(c->rfd, SOL_SOCKET, SO_LINGER, &now_and_hard, sizeof now_and_hard);
    if (c->rfd >= 0)
        close(c->rfd);
    if (c->wfd >= 0 && c->wfd != c->rfd)
        close(c->wfd);
    c->rfd = c->wfd = -1;
    c->reflecting = false;
}

void session_end(struct session *session)
{
    struct connection *next;
    for (struct connection *c = session->first; c != NULL; c = next) {
        next = c->next;
        connection_close(c, false);
        free(c->held);
        free(c);
    }
    session->first = NULL;
    session->last = NULL;
}
