/*
 * judge.h - turns what the checks of a lab printed into the verdict on its steps.
 *
 * A step has passed when all of its tests were seen and were ok, in check files that ended as they
 * should: with their plan fulfilled and the exit status that fits. Whatever does not fit together
 * is an error of the grader, never a pass. A step that needs one that did not hold is not reached,
 * whether or not its own tests had time to run: the verdict does not depend on which was faster.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "checks.h"
#include "course.h"
#include "result.h"

/* Judges a run that is over, or whose build failed. only: one step, or NO_STEP for all. */
void judge_run(struct lab_result *result, const struct run *run, const struct course *course,
               const char *from, unsigned only);

#endif
