/*
 * show.h - what the programs did, shown after the verdict: it is seen by a second run, under strace.
 *
 *     recordings ─┬─> report_evidence: ten lines about the first step that failed
 *                 └─> picture: a page of all that was recorded
 */
#ifndef SHOW_H
#define SHOW_H

#include "course.h"
#include "options.h"
#include "result.h"
#include "selection.h"

#include <stdio.h>

/*
 * Adds to the text report, and to the result, what the step did that failed, and draws the picture;
 * each only if wanted. `report` and `picture` are NULL or open for writing. Returns 0; or an exit
 * status when it was interrupted, or there is no picture. The verdict stands in any case.
 */
int show(FILE *report, FILE *picture, const struct course *course,
         const struct selection *selection, const struct options *options, struct result *result);

#endif
