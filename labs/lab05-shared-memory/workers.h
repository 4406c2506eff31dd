/*
 * workers.h - the worker processes: as many as were asked for, whatever becomes of each of them.
 */
#ifndef WORKERS_H
#define WORKERS_H

#include "statistics.h"

#include <stddef.h>

enum { WORKERS_MAX = 64 };

/*
 * Starts a process that serves clients (serve.h) for each of the first `count` places that has none,
 * as far as its time has come. Returns in how many milliseconds the next one is due, -1 for none.
 */
int start_missing_workers(size_t count, int lfd, struct statistics *statistics);

/* Reaps the workers that have ended, and tells of each. Their places are free then. */
void reap_workers(void);

/* Ends all workers with SIGTERM, and returns when they have ended. */
void end_workers(void);

#endif
