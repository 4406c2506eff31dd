/*
 * checks.h - the check files of a lab, and one run of them.
 */
#ifndef CHECKS_H
#define CHECKS_H

#include "build.h"
#include "course.h"
#include "plan.h"
#include "process.h"
#include "tap.h"

#include <stdbool.h>
#include <stddef.h>

/* One check file on its way. */
struct check {
    const char *file; // server.bats
    bool is_bats;     // else a Criterion program
    struct lines ids; // the steps of the tests that will run, as written in the file; bats only
    enum check_state {
        CHECK_WAITING,
        CHECK_RUNNING,
        CHECK_ENDED,     // by itself
        CHECK_CUT_SHORT, // ended, or not begun, because no test left in it could count
        CHECK_TIMED_OUT,
        CHECK_BROKEN, // could not be started
    } state;
    struct tap tap;
    struct text words; // the end of what it wrote to stderr
    struct process process;
    int out, err; // pipes from it, -1 when closed
    double started, ended;
};

/* The checks of one lab against one build of it. */
struct run {
    const struct lab *lab;
    const struct plan *plan;
    const struct build *build;
    bool *wanted; // by step number - 1: its tests run
    bool all;     // all of them
    struct check *check;
    size_t count;
};

/*
 * Prepares the check files that have tests of wanted steps; all of them when only == NO_STEP,
 * else those of that step and, with_needs, of what it needs.
 */
void run_prepare(struct run *run, const struct course *course, const struct lab *lab,
                 const struct plan *plan, const struct build *build, unsigned only,
                 bool with_needs);
void run_free(struct run *run);

/*
 * True when the step can't pass any more because a step it needs did not: a test of that one has
 * failed. (Not when the check itself was broken: that says nothing of the learner's code.)
 */
bool run_is_doomed(const struct run *run, unsigned step);

/* True when every test that is still to come in this check belongs to a step that can't pass. */
bool run_is_check_useless(const struct run *run, const struct check *check);

/* The pattern for bats --filter: `^(start|reap):`; NULL when all tests are to run. malloc'ed. */
char *run_filter(const struct run *run);

#endif
