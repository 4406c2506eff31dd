/*
 * trace.h - reads what strace(1) wrote about a program and all that it started.
 *
 *     4183<server> 1795547123.063284 accept(3<TCP:[...]>, NULL, NULL) = 4<TCP:[...]> <1.129618>
 *      > /home/.../server(accept_client+0x2b) [0x1716]
 *     4183<server> 1795547124.220284 read(4,  <unfinished ...>
 *     4190<server> 1795547124.254620 +++ killed by SIGPIPE +++
 *     4183<server> 1795547124.290577 <... read resumed>"hello\n", 16384) = 6 <0.070201>
 *
 * That is `strace -f -k -Y -T -ttt -yy`. The traced program could have
 * written to the file too, so nothing in it is trusted: a line that does not fit is counted, and
 * skipped. Calls that fail by misbehave.so are told in their own name.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum event_kind {
    EVENT_CALL,   // a system call
    EVENT_SIGNAL, // a signal was delivered
    EVENT_EXIT,   // the thread ended, with status `result`
    EVENT_KILLED, // a signal ended the process
};

struct event {
    enum event_kind kind;
    pid_t pid;         // the thread's id; that of a process's first thread is the process's
    char *thread;      // its name: the program's, unless it took another; or NULL
    double begun;      // seconds since 1970
    double ended;      // the same as begun for what takes no time
    char *name;        // read; SIGCHLD
    char *arguments;   // as strace has them: 3<TCP:[...]>, "hello\n", 16384
    bool returned;     // else it was still waiting when the trace ended, or its thread was killed
    bool interrupted;  // a signal came instead; it fails with EINTR, or SA_RESTART starts it again
    long result;       // what it returned, if it did
    char *result_note; // what strace says of a result that is a descriptor: TCP:[...]; or NULL
    char *error;       // EAGAIN, or NULL
    char *program;     // the program's file and the address in it where the call came from;
    unsigned long address; // NULL and 0 where that is not known
};

/* In the order in which they began. Start with {0}. */
struct trace {
    struct event *event;
    size_t count;
    size_t room;    // what is allocated
    size_t skipped; // lines that could not be read
};

/*
 * Reads the bytes of a trace; `program` is the path that its own frames name. Adds to what is
 * there, and keeps the order. Free with trace_free().
 */
void trace_read(struct trace *trace, const char *bytes, size_t size, const char *program);

/* The number that is the argument at `index`, or -1: of `3<TCP:[...]>, NULL` at 0 it is 3. */
long event_argument(const struct event *event, unsigned index);

/* Is it a call of one of these names? NULL ends them. */
bool event_is_one_of(const struct event *event, const char *const *names);

/* Is it a call that takes bytes from a descriptor, or that gives bytes to one? */
bool event_takes_bytes(const struct event *event);
bool event_gives_bytes(const struct event *event);

/* Is it a call that may wait for somebody else? */
bool event_can_wait(const struct event *event);

/*
 * When it took effect: what comes from somebody else when the call returned, what it does to others
 * when it began, for strace holds up the return. Seconds since 1970.
 */
double event_moment(const struct event *event);

/* Does it make a process, or a thread? Both only when it was successful. */
bool event_is_fork(const struct event *event);
bool event_is_thread_start(const struct event *event);

void trace_free(struct trace *trace);
void event_free(struct event *event); // what it holds

#endif
