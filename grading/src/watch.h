/*
 * watch.h - ./grader --watch: grades again at every save, and takes keys meanwhile.
 *
 *     saves ──> the lab that was saved ──> grade ──> report, the step that needs work first
 */
#ifndef WATCH_H
#define WATCH_H

#include "course.h"
#include "options.h"
#include "selection.h"

/*
 * Watches the labs of the selection until q or ^C. Returns the exit status; after ^C 128 and the
 * signal's number. The terminal is as before in any case.
 */
int watch(const struct course *course, const struct selection *selection,
          const struct options *options);

#endif
