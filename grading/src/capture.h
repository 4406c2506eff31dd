/*
 * capture.h - run a program to its end and keep what it prints.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "process.h"
#include "text.h"

/* How a captured program ended. */
enum capture_end {
    CAPTURE_ENDED,       // by itself: see status
    CAPTURE_TIMED_OUT,   // it was killed after so many seconds
    CAPTURE_INTERRUPTED, // it was killed because of ^C
    CAPTURE_FAILED,      // it could not be started: see errno
};

struct capture {
    struct text output; // stdout and stderr, as they came; at most CAPTURE_MAX bytes are kept
    int status;         // as from waitpid(2)
};

enum { CAPTURE_MAX = 1 << 20 };

/*
 * Runs argv with this environment in this directory (NULL: the caller's). Whatever it leaves
 * running is ended with it. Free capture->output in any case.
 */
enum capture_end capture_run(struct capture *capture, const char *const *argv,
                             const char *const *env, const char *directory, double seconds);

/* The same for what is not trusted. */
enum capture_end capture_run_limited(struct capture *capture, const char *const *argv,
                                     const char *const *env, const char *directory, double seconds,
                                     const struct limits *limits);

#endif
