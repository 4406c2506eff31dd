/*
 * connection.h - one end of a conversation: a TCP connection, or a program's stdin and stdout.
 *
 * Everything waits in one place, connection_wait(), which asks the caller every few milliseconds
 * whether waiting still makes sense. Nothing blocks elsewhere: all descriptors are non-blocking.
 */
#ifndef CONNECTION_H
#define CONNECTION_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { NAME_SIZE = 32, REFLECT_SIZE = 1 << 16 };

/* An endless stream of bytes that looks random and is the same for the same seed. */
struct stream {
    uint64_t seed;
    uint64_t offset; // of the next byte
};

struct connection {
    char name[NAME_SIZE];
    int rfd, wfd; // the same descriptor for a socket; -1 when closed
    bool listening;
    struct stream sent;     // what send_random sent
    struct stream expected; // what an echo of it must be
    bool reflecting;        // sends back whatever comes, while others are waited for
    bool reflected_end;     // ... and has passed on the peer's end
    unsigned char *held;    // bytes that are still to be sent back
    size_t held_start, held_size;
    int error; // the errno that ended it, 0 if none
    bool lost; // it was reset before we knew that it was there
    struct connection *next;
};

/*
 * Asked now and then during a wait, which `since` tells from others: now_seconds() at its begin.
 * Returns false to give up; why_not then says why, one line.
 */
struct patience {
    bool (*go_on)(void *arg, double since, char *why_not, size_t size);
    void *arg;
};

/* All connections of one conversation. */
struct session {
    struct connection *first, **last;
    uint64_t seed;
    uint64_t moves; // counts what reflecting connections did
    struct patience patience;
    char host[256], port[32]; // the default of `connect`
    char gave_up[256];        // what patience said last
};

/* Fills data with the next bytes of the stream. */
void stream_fill(struct stream *stream, unsigned char *data, size_t size);

/* Finds a connection by name; NULL if there is none. */
struct connection *connection_find(struct session *session, const char *name);

/* A new connection on a pair of descriptors, which it owns. They are made non-blocking. */
struct connection *connection_add(struct session *session, const char *name, int rfd, int wfd);

/* The port of our end, or of the peer's. 0 when it is no connection of TCP, or is gone. */
int connection_port(const struct connection *c, bool peer);

/*
 * Serves the reflecting connections until one of the wanted (at most 2) is ready, as poll(2) says,
 * or the time is over. Sets their revents; returns whether one is ready.
 */
bool connection_serve(struct session *session, struct pollfd *wanted, size_t wanted_count,
                      int timeout_ms);

/* The same, but as long as patience lasts. Returns false when it ended: see session->gave_up. */
bool connection_wait(struct session *session, struct pollfd *wanted, size_t wanted_count);

/*
 * Reads at most size bytes as soon as some are there. Returns how many, 0 at the peer's end, -1
 * with errno: ETIMEDOUT when patience ended.
 */
ssize_t connection_read(struct session *session, struct connection *c, void *data, size_t size);

/* Writes all. Returns 0, or -1 with errno: ETIMEDOUT when patience ended. */
int connection_write(struct session *session, struct connection *c, const void *data, size_t size);

/*
 * Sends size bytes of the connection's stream and compares what comes back at the same time. With
 * seconds > 0 it stops to send after that time and is content with what was sent until then.
 * Returns 0 when all came back; 1 when a wrong byte came, -1 with errno (0 for an early end);
 * *where is the stream's offset behind the last right byte.
 */
int connection_echo(struct session *session, struct connection *c, uint64_t size, double seconds,
                    uint64_t *where);

/* Ends our direction only: shutdown(2), or closing the write end of a pipe. */
int connection_shut(struct connection *c);

/* Closes it; with reset the peer gets an RST instead of a FIN. */
void connection_close(struct connection *c, bool reset);

/* Closes and frees everything. */
void session_end(struct session *session);

#endif
