/*
 * patience.h - how long waiting makes sense, and what a check may use meanwhile.
 *
 * A fixed time-out is either too short on a busy machine or too long for a program that hangs.
 * So a wait ends when the programs under supervision can't bring what is waited for any more:
 * all have ended; or all their threads sleep and none has run for a while; or they wake up again
 * and again and bring nothing; or they compute without end.
 *
 * "A while" is quiet time: it passes only while all threads sleep. As long as one of them waits
 * for a processor, or we do, the clock stands still. A program that could not run is never given
 * up, however slow the machine.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include "connection.h"
#include "program.h"

struct patience_state {
    struct program **programs; // the list to watch
    double idle_seconds;       // how much quiet time may pass while nothing moves (1)
    double cpu_seconds;        // how much may be computed during one wait (1)
    double wall_seconds;       // the end of any wait (600)
    double quiet, all_quiet;   // quiet time so far: of this wait, and of all
    double moved_at;           // when something moved last, in quiet time
    double since;              // when this wait began
    double last_look, next_look;
    uint64_t cpu_at_start, delay_ns, moves;
};

void patience_init(struct patience_state *state, struct program **programs);

/* For struct patience: watches all programs and their limits. arg is a struct patience_state. */
bool patience_go_on(void *arg, double waited, char *why_not, size_t size);

/* Stops programs that use more than program.h allows. Returns what all do together. */
void patience_enforce_limits(struct program *programs, struct activity *activity);

#endif
