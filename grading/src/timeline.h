/*
 * timeline.h - a recording as rows, one below the other, in lanes, side by side:
 *
 *     A     :9876  4183  4190
 *     o────>  │     │             A connected
 *     ├─ ─ ─ ─┼────>o             4183 accept(3) = 4       server.c:41
 *     │       │     o────>o       4183 fork() = 4190       server.c:52
 *
 *     recording ──> scene ──> marks ──> timeline ──> draw.h
 *
 * It stays readable whatever the program did: the clients and processes beyond the first ones share
 * a lane, what repeats itself becomes one row, and rows in the middle are left out.
 */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "scene.h"

enum { TIMELINE_LANES_MAX = 24 };

enum lane_kind { LANE_CLIENT, LANE_LISTENER, LANE_PROCESS, LANE_THREAD };

struct lane {
    enum lane_kind kind;
    char *name;        // A; 4183; `12 more`
    size_t members;    // how many clients, processes or threads share it
    double begin, end; // seconds; the end INFINITY for who is there when the record ends
    double reap;       // until when it is a zombie: its end if it is none, or INFINITY
};

enum row_kind {
    ROW_OPEN,   // connect, accept, listen
    ROW_START,  // a process or a thread is made
    ROW_TAKE,   // bytes come
    ROW_GIVE,   // bytes go
    ROW_CLOSE,  // close, shutdown
    ROW_SIGNAL, // a signal comes
    ROW_END,    // a process or a thread ends
    ROW_REAP,   // a child is waited for
    ROW_OTHER,  // any other call or deed
    ROW_GAP,    // `times` rows are left out here
};

struct row {
    enum row_kind kind;
    size_t source;  // the event it shows, or, counted on from them, the deed
    size_t lane;    // NOBODY for a deed of the grader's own, and for a gap
    size_t other;   // the lane at the other end of an arrow, or NOBODY
    bool inward;    // the arrow comes from there
    double time;    // when it took effect, seconds since the record began
    double since;   // a call that waited: when it began; else the same as `time`
    bool waits;     // it had not returned when the record ended
    bool failed;    // the call returned an error
    unsigned times; // that it was done, one after another
    long long bytes;
    long held;    // a process: how many connections and listeners it has open now, if that changed;
                  // else -1
    char *who;    // A; 4183; grader
    char *what;   // read(4, "hello\n") = 6
    char *mark;   // no close(4); or NULL
    char *call;   // as strace has it, or NULL
    char *manual; // man 2 read; or NULL
    char *program; // where the call was made; or NULL
    unsigned long address;
    char *place; // server.c:41, if somebody finds it: source.h; or NULL
};

struct timeline {
    char *test; // a sentence
    struct lane *lane;
    size_t lane_count;
    struct row *row; // in the order of time
    size_t row_count;
    size_t event_count; // system calls, signals and ends of the record, shown or not
    double ended;       // seconds since the record began
};

/* Makes at most so many rows. It needs nothing of the recording afterwards. */
void timeline_make(struct timeline *timeline, const struct recording *recording, size_t rows_max);
void timeline_free(struct timeline *timeline);

#endif
