/*
 * patience.h - how long waiting makes sense, and what a check may use meanwhile.
 *
 * A fixed time-out is either too short on a busy machine or too long for a program that hangs.
 * So a wait ends when the programs under supervision can't bring what is waited for any more:
 * all have ended; or all their threads sleep and none has run for a while, or they wake again and
 * again and nothing comes of it; or they compute without end. A program that only waits for a
 * processor is never given up.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include "connection.h"
#include "program.h"

struct patience_state {
    struct program **programs; // the list to watch
    double idle_seconds;       // how long nothing may move (1)
    double cpu_seconds;        // how much may be computed during one wait (2)
    double wall_seconds;       // the end of any wait (30)
    double last_waited, idle_since, next_look;
    double last_look, slept; // during this wait, all together
    uint64_t cpu_at_start, moves;
};

void patience_init(struct patience_state *state, struct program **programs);

/* For struct patience: watches all programs and their limits. arg is a struct patience_state. */
bool patience_go_on(void *arg, double waited, char *why_not, size_t size);

/* Stops programs that use more than program.h allows. Returns what all do together. */
void patience_enforce_limits(struct program *programs, struct activity *activity);

#endif
