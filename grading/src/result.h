/*
 * result.h - the verdict as one object. Every report is a rendering of it, and no report knows how
 * a check ran. All text in it is valid UTF-8 without control characters.
 */
#ifndef RESULT_H
#define RESULT_H

#include "build.h"
#include "course.h"
#include "plan.h"
#include "tap.h"

#include <stddef.h>
#include <stdint.h>

enum status {
    STATUS_PASSED,
    STATUS_FAILED,
    STATUS_NOT_WRITTEN, // the step's TODO is still there
    STATUS_NOT_REACHED, // it needs something that comes earlier and does not hold
    STATUS_ERROR,       // the grader's fault, never the learner's
};

struct step_result {
    unsigned number;
    const struct step *step;
    enum status status;
    unsigned score;
    double seconds;
    unsigned after;     // not reached: the step to look at first, if it is of this lab
    char *sentence;     // what the failed test says should be so; or NULL
    char *reason;       // one line, or NULL: why it was not reached; where it is not written; what
                        // the error is; for a failed step, advice to read before anything else
    struct facts facts; // what the failed test tells
    char *page;         // docs/lab03-processes.md#reap
};

struct lab_result {
    const struct lab *lab;
    const struct plan *plan;
    char *from; // labs
    unsigned score, max_score;
    double seconds;
    struct step_result *step; // those that were asked for, in order
    size_t count;
    unsigned warnings;
    struct lines first_warning; // the compiler's lines
    // Of the first trouble, if it ran once more under strace:
    char *evidence; // what the program did, in lines of 80 columns; or NULL
    char *place;    // where it did what is wrong, server.c:41; or NULL
};

struct result {
    uint32_t seed;
    const char *isolation; // "bubblewrap" or "none"
    char *why_no_box;      // NULL when there is one, or none was wanted
    struct lab_result *lab;
    size_t count;
};

/* passed, failed, not_written, not_reached, error */
const char *status_name(enum status status);

/* The same for people: passed, failed, not written, not reached, grader error. */
const char *status_words(enum status status);

/* The first step that failed, is not written, or met an error; else the first that was not
 * reached; else NULL: all passed. */
const struct step_result *lab_result_first_trouble(const struct lab_result *lab);

/* How many steps have this status. */
unsigned lab_result_count(const struct lab_result *lab, enum status status);

/*
 * The whole story of one step as lines of text: `did: ...`, `expected: ...`, `got: ...`; "" for a
 * step that passed. malloc'ed.
 */
char *step_result_message(const struct step_result *step);

/* EXIT_ALL_PASSED, EXIT_NOT_ALL, or EXIT_GRADER when a step met an error. */
int result_exit_status(const struct result *result);

void lab_result_free(struct lab_result *lab);
void result_free(struct result *result);

#endif
