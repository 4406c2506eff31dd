/*
 * play.h - runs command lines in a box, slowly enough to watch.
 */
#ifndef PLAY_H
#define PLAY_H

#include "box.h"
#include "tap.h"

#include <stdio.h>

/* Prints what --replay prints: notes become comments, so that all of it can be pasted. */
void play_print(FILE *to, const char *title, const struct facts *facts);

/*
 * Plays that on the terminal; the box must be one. Returns 0; or an exit status, with one line in
 * *error (malloc'ed), or NULL there when it was interrupted. Nothing runs any more in any case.
 */
int play_run(const struct box *box, const char *course, const char *title,
             const struct facts *facts, char **error);

#endif
