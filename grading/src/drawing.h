/*
 * drawing.h - one timeline as a picture of its own, an SVG file for a page of docs/.
 *
 *     recording ──> timeline, with places in the source ──> <svg>, with its style in it
 */
#ifndef DRAWING_H
#define DRAWING_H

#include "course.h"
#include "recording.h"
#include "result.h"
#include "timeline.h"

#include <stdbool.h>
#include <stdio.h>

/* Is this the name of a drawing? It ends in .svg. */
bool drawing_is_meant(const char *path);

/*
 * The timeline of a recording, its rows with their places in the source. In a step that passed
 * nothing is missing: strace alone may have made it too slow. Free with timeline_free().
 */
void drawing_make_timeline(struct timeline *timeline, const struct recording *recording,
                           bool passed, size_t rows_max);

/*
 * Draws what the lab's first step with a recording did: of its checks the one that failed, else the
 * first. Returns 0; or -1 with *error (malloc'ed) when there is none, or the style can't be read.
 */
int drawing_write(FILE *to, const struct course *course, const struct lab_result *lab,
                  const struct recordings *recordings, char **error);

#endif
