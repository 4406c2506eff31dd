/*
 * box.h - the place where checks run: a bubblewrap sandbox where the machine allows one.
 *
 *     grader ──> bwrap ──> bats ──> supervise ──> the learner's program
 *                └ own network, processes, IPC and /tmp; other files are read-only or not there
 *
 * In the box 127.0.0.1 and ::1 belong to one check file alone, so no port is ever taken; it has an
 * /etc/hosts of its own, in which the name both.test has both addresses; and everything that runs
 * in it ends with it.
 */
#ifndef BOX_H
#define BOX_H

#include <stdbool.h>
#include <stddef.h>

enum box_mode { BOX_AUTO, BOX_REQUIRE, BOX_OFF };

struct box {
    const char **argv; // what comes before a command in the box; empty without a box
    size_t count;
    bool boxed;
    char *why_not; // one line; NULL when boxed or not wanted
};

/*
 * Prepares a box that shows the directories course and from (real paths), and records, if it is not
 * NULL, to be written to. Whether the machine
 * allows it is found out by a real run: settings that forbid it have many names. Returns 0, with
 * box->boxed false when there is no box; or -1 with errno when files could not be made.
 */
int box_prepare(struct box *box, enum box_mode mode, const char *course, const char *from,
                const char *records);
void box_free(struct box *box);

/* The scratch directory as a program in the box sees it. */
#define BOX_TMPDIR "/tmp"

#endif
