/*
 * quantity.h - what a check can ask of a running program, by name.
 *
 *   processes children zombies threads     of the family; children and threads of the first process
 *   sockets descriptors                    open in the first process
 *   listening listening:PORT               its family's listening sockets, all or on that port
 *   backlog:PORT                           how many connections may wait there
 *   queued:PORT                            how many wait there now
 *   taken:A                                bytes of connection A that the program has read
 *   unread:A                               bytes that wait at our end of connection A
 *   holders:A                              processes that hold the server's end of connection A
 *   holders:listener                       processes that hold a listening socket
 *   blocked:CALL                           threads that sleep in a system call (accept, read, ...)
 *   stopped                                processes stopped by SIGSTOP
 *   busy                                   processes that compute, be it with naps; 0 once all sleep
 *   out:TEXT err:TEXT                      how often TEXT stands in its output (C escapes)
 *   lines:stdout lines:stderr              of its output; a last one without a newline counts too
 *   memory-kb resident-kb cpu-ms           of the family
 *   private-kb                             of the children of the first process: what they have
 *                                          written to, and share with nobody
 *   running                                1 until it has ended
 */
#ifndef QUANTITY_H
#define QUANTITY_H

#include "connection.h"
#include "program.h"

/*
 * Measures. Returns false if there is no quantity of that name. Which processes it is about, if
 * any, stands in `who`; what it means in words is printed to `words` ("zombies").
 */
bool quantity_measure(const char *quantity, const struct program *program, struct session *session,
                      long *value, struct family *who, FILE *words);

/* What is counted, in words, as many as `count`: "zombie", "zombies". */
const char *quantity_noun(const char *quantity, long count);

#endif
