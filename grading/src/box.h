/*
 * box.h - the place where labs are built and checks run: a bubblewrap sandbox where the machine
 * allows one.
 *
 *     grader ─┬─> bwrap ──> make ──> gcc
 *             └─> bwrap ──> bats ──> supervise ──> the learner's program
 *                 └ own network, processes, IPC and /tmp; other files are read-only or not there
 *
 * In the box 127.0.0.1 and ::1 belong to one check file alone, so no port is ever taken; it has an
 * /etc/hosts of its own, in which the name both.test has both addresses; and everything that runs
 * in it ends with it.
 */
#ifndef BOX_H
#define BOX_H

#include "text.h"

#include <stdbool.h>

enum box_mode { BOX_AUTO, BOX_REQUIRE, BOX_OFF, BOX_MODES };

/* The word of the command line for it. */
const char *box_mode_word(enum box_mode mode);

struct box {
    struct lines words; // what makes the box; empty without one
    bool boxed;
    char *why_not; // one line; NULL when boxed or not wanted
};

/*
 * What there is in a box beside the system: real paths of files and directories, at the same place
 * as outside. Start with {0}.
 */
struct box_view {
    struct lines empty;   // directories that are there, and nothing in them
    struct lines shown;   // to be read
    struct lines written; // to be read and written
};

/*
 * Prepares a box. Whether the machine allows it is found out by a real run: settings that forbid it
 * have many names. Returns 0, with box->boxed false when there is no box; or -1 with errno when
 * files could not be made.
 */
int box_prepare(struct box *box, enum box_mode mode);
void box_free(struct box *box);

/*
 * Adds to argv the words that start a command in the box, in this directory there; those of the
 * command come next. Nothing is added without a box.
 */
void box_enter(struct lines *argv, const struct box *box, const struct box_view *view,
               const char *directory);

void box_view_free(struct box_view *view);

/* Where there is room for files in the box: for the checks, and apart from it for the programs, who
 * have a /tmp beside. Who fills his own disk takes nothing from the other. */
#define BOX_TMPDIR "/checks"
#define BOX_SCRATCH "/programs"

#endif
