/*
 * misbehave.h - what the parts of misbehave.so share: misbehave.c knows which call fails how,
 * misbehave_late.c how to be late, and the others stand in for the calls. See misbehave.c.
 */
#ifndef MISBEHAVE_H
#define MISBEHAVE_H

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

enum call {
    ACCEPT,
    READ,
    WRITE,
    STDOUT,
    FORK,
    THREAD,
    CONNECT,
    LISTEN,
    SOCKET,
    CLOSE,
    POLL,
    WAIT,
    NAP,
    MMAP,
    LOCK,
    UNLOCK,
    CALLS
};

enum { SHORT = -1, LATE = -2, LONG = -3, KILL = -4, FLOOD = -5, SHORT_SIZE = 3, SHORT_TIME = 1000 };

// Common to the program and all that it forks.
struct common {
    atomic_long counts[CALLS];
    atomic_long late_calls;   // so far
    atomic_int players, ball; // misbehave_flood.c
};

extern struct common *common;

struct fault {
    enum call call;
    int effect;  // an errno, SHORT, LATE, LONG, KILL or FLOOD
    bool signal; // SIGCHLD comes at the wrong moment
    bool all;    // counted in all processes together
    long first, last;
};

/* Counts a call. Returns the fault it meets, NULL for none. */
const struct fault *meet(enum call call);

/* Is this the process that was started, and none that it has forked? */
bool is_first_process(void);

/* Is one still to come that will be late? */
bool will_be_late(enum call call);

/* Returns true, with errno, if this fault lets the call fail. */
bool strike(const struct fault *fault);

/* For calls that cannot be short. Returns true, with errno, if this one fails. */
bool fails(enum call call);

/* The same for calls that wait for clients. If it doesn't fail, has_waited must follow the call. */
bool fails_to_wait(enum call call);

/* What fails_to_wait does if nothing fails. */
void begin_to_wait(void);

/* Returns the result of the call that has waited. */
int has_waited(int result);

/* Lets a child end first, if the fault says late. */
void be_late(const struct fault *fault);

/* To be called before a fork, and in the parent with each new child: it is the youngest that a late
 * call watches. */
void note_fork(void);
void note_child(pid_t pid);

/* To be called in a new child. If its parent is going to be late, returns when it is. */
void await_late_parent(void);

/* Closes fd with the function given. If fd was accepted, returns when another client has it. */
int close_late(int fd, int (*really_close)(int));

/* From now on this connection brings a flood, see misbehave.c. */
void begin_flood(int fd);

/* Does it bring one now? Then the bytes are taken from flood_read and not from the kernel. */
bool is_flooded(int fd);
ssize_t flood_read(void *data, size_t size);

/* Is what is written there the echo of a flood? Then it goes to flood_write. */
bool is_drained(int fd);
ssize_t flood_write(size_t size);

/* When it is closed, this client comes again, many times: see misbehave.c. */
void begin_flood_of_clients(int fd);

/* To be called when it is closed: does it come again? Then it stays open. */
bool comes_again(int fd);

/* Has it come again? Then there is nothing to read but its end. */
bool is_again(int fd);

/* Stands in for accept. Returns -1 when there is no such client. */
int flood_accept(struct sockaddr *address, socklen_t *size);

/* To be called with what accept returned, -1 or a descriptor. Returns the same. */
int note_accepted(int fd);

// The next definition of a function, found once. A union, as ISO C casts no object to a function.
#define REAL(name, type)                                                                           \
    static union {                                                                                 \
        void *object;                                                                              \
        type *function;                                                                            \
    } real_##name;                                                                                 \
    if (real_##name.object == NULL)                                                                \
    real_##name.object = dlsym(RTLD_NEXT, #name)

#define EXPORT __attribute__((visibility("default")))

#endif
