/*
 * relay.h - two ways at once between a user and a server.
 */
#ifndef RELAY_H
#define RELAY_H

/*
 * Sends what comes from `in` to sock, and what comes from sock to `out`, both as soon as it is
 * there, whatever bytes they are. Neither way waits for the other.
 *
 * When `in` ends, sock is shut down for writing, and the other way goes on. When sock ends, all is
 * done: what came before is written to `out`, and what `in` still has is left there.
 *
 * Returns 0 when sock has ended; or -1 with errno, and then *where is the end that failed:
 * "standard input", "standard output" or "server". What came from the server until then is written.
 * Closes nothing. Makes sock nonblocking, and leaves the flags of `in` and `out` alone. SIGPIPE
 * should be ignored.
 */
int relay(int in, int out, int sock, const char **where);

#endif
