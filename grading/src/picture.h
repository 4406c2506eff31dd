/*
 * picture.h - a verdict, and what the programs did, as one page of HTML:
 *
 *     result, recordings ──> a table of the steps, and of each step its timelines
 *
 * The page needs nothing but itself, and can be read without its script.
 */
#ifndef PICTURE_H
#define PICTURE_H

#include "course.h"
#include "recording.h"
#include "result.h"

#include <stdio.h>

/*
 * Writes the page of one lab. Returns 0; or -1 with *error (malloc'ed) when the style could not be
 * read from the course. Whether all was written, the stream knows.
 */
int picture_write(FILE *to, const struct course *course, const struct lab_result *lab,
                  const struct recordings *recordings, char **error);

#endif
