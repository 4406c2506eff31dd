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
 * Runs one step of one lab, which failed, once more, under strace. The selection is of this step.
 * Returns 0 with *recording of the test that failed, its `failed` NULL if none did this time; else
 * as grade() does.
 */
int grade_traced(struct recording *recording, const struct course *course,
                 const struct selection *selection, const struct options *options, char **error);

/*
 * Asks the checks of one step what they do, in command lines to be typed: of each test a FACT_NOTE
 * with its sentence, and FACT_TRY lines. Builds the lab, but runs nothing of it. Returns as grade().
 */
int grade_replay(struct facts *facts, const struct course *course,
                 const struct selection *selection, const struct options *options, char **error);

#endif
