/*
 * worker.h - a thread that serves one client.
 */
#ifndef WORKER_H
#define WORKER_H

#include "slots.h"

/*
 * Starts a thread that serves the client in this slot, then frees the slot and closes the
 * connection. Nobody needs to wait for it. Returns 0; or an error number, as pthread_create(3)
 * does, and then slot and connection are still the caller's.
 */
int start_worker(struct slot *slot);

#endif
