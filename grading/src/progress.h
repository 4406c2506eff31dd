/*
 * progress.h - one line on stderr that tells how far the grader is, redrawn in place. Nothing is
 * shown where stderr is no terminal.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "checks.h"

#include <stddef.h>

/* "building lab03 ..." */
void progress_building(const struct run *run, size_t count);

/* "lab03: 7 of 13 checks, 1 failed"; for struct schedule. */
void progress_checks(const struct run *run, size_t count);

/* Any line. */
void progress_say(const char *line);

/* Removes the line. */
void progress_clear(void);

#endif
