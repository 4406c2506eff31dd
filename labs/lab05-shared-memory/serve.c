/*
 * serve.c - what a worker does.
 *
 *     listener, one queue                workers, each with one client at a time
 *                                       +--------+
 *     [ E ] [ D ] [ C ]   <-- accept -- | worker | <---> A
 *                                       +--------+
 *                         <-- accept -- | worker | <---> B
 *                                       +--------+
 *
 * All workers wait in accept(2) on the same socket, and the kernel gives each client to one of them.
 */
#include "serve.h"

#include "io.h"
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "todo.h"

/*
 * Like echo_until_end of lab01, and counts. What a client got back has been counted. Returns 0 when
 * the client has ended, -1 with errno when it has gone.
 */
static int echo_and_count(int cfd, struct statistics *statistics)
{
    char buffer[16 * 1024];
    for (;;) {
        ssize_t n = read(cfd, buffer, sizeof buffer);
        if (n == 0) {
            return 0;
        }
        if (n == -1 && errno == EINTR) {
            continue;
        }
        if (n == -1) {
            return -1;
        }
        count_bytes(statistics, (size_t)n);
        if (write_all(cfd, buffer, (size_t)n) == -1) {
            return -1;
        }
    }
}

_Noreturn void serve_clients(int lfd, struct statistics *statistics)
{
    // The parent's signals are blocked, and that is inherited: here SIGTERM ends the process again.
    // And a client that has gone costs an error, but no worker.
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_IGN);

    // For ever: accept_client of lab01, count the client, echo_and_count, close.
    TODO(5, lfd, statistics, echo_and_count);
}
