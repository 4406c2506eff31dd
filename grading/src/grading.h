/*
 * grading.h - from a selection of labs to the result:
 *
 *     build -> checks in a box -> TAP -> judge -> result
 */
#ifndef GRADING_H
#define GRADING_H

#include "course.h"
#include "options.h"
#include "recording.h"
#include "result.h"
#include "selection.h"

/*
 * Grades. Returns 0 with *result; else the exit status for the program, with one line in *error
 * (malloc'ed), or NULL there when it was interrupted. No process and no file is left in any case.
 */
int grade(struct result *result, const struct course *course, const struct selection *selection,
          const struct options *options, char **error);

/*
 * Runs the selection, one lab or one step of it, once more, under strace; a check file for at most
 * so many seconds. Returns 0 with *recordings of the tests, which may be none; else as grade() does.
 */
int grade_traced(struct recordings *recordings, const struct course *course,
                 const struct selection *selection, const struct options *options, unsigned seconds,
                 char **error);

/*
 * Asks the checks of one step what they do, in command lines to be typed: of each test a note with
 * its sentence, and the lines. Prints them, or with options->run plays them in a box, play.h. Builds
 * the lab, but runs nothing of it else. Returns as grade().
 */
int grade_replay(const struct course *course, const struct selection *selection,
                 const struct options *options, char **error);

#endif
