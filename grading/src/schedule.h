/*
 * schedule.h - runs check files side by side and reads what they print.
 *
 *     grader ──┬─> box: bats server.bats ──TAP──┐
 *              ├─> box: bats memory.bats ──TAP──┼─> poll ─> struct tap of each
 *              └─> ...   some at a time         ┘
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "box.h"
#include "checks.h"
#include "course.h"

#include <stdint.h>

struct schedule {
    const struct course *course;
    const struct box *box;
    uint32_t seed;
    bool replay;         // the checks say what to do by hand, and do nothing
    const char *records; // where the checks record what happens, record.h; NULL: they don't
    unsigned seconds;    // for each check file; 0: more than it ever needs
    struct run *run;     // started in this order
    size_t count;
    void (*progress)(const struct run *run, size_t count); // called after news; may be NULL
};

/* Runs all checks to their end. Returns 0, or -1 after ^C; nothing runs any more in either case. */
int schedule_run(struct schedule *schedule);

#endif
