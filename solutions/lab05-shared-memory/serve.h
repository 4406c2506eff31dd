/*
 * serve.h - what a worker does.
 */
#ifndef SERVE_H
#define SERVE_H

#include "statistics.h"

/*
 * A worker's whole life: accepts clients on the listener, which it shares with the other workers,
 * and echoes for one after the other. Ends the process when accept fails: whoever started it starts
 * another one.
 */
_Noreturn void serve_clients(int lfd, struct statistics *statistics);

#endif
