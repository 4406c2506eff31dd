/*
 * clock.h - the one clock of the client and of the grader.
 */
#ifndef CLOCK_H
#define CLOCK_H

/* Seconds of a clock that is never set: CLOCK_MONOTONIC of clock_gettime(2). */
double now_seconds(void);

#endif
