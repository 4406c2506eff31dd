/*
 * server.c - an echo server whose processes are there before the first client.
 *
 * Usage: server PORT WORKERS
 *
 *     the parent                      workers, all with the same listener
 *    +-------------------+  fork     +-------+
 *    | lfd               | --------> |  lfd  | <---> client A
 *    |                   |  fork     +-------+
 *    | waits for signals | --------> |  lfd  | <---> client B
 *    +-------------------+           +-------+
 *        |      ^                      |   |
 *        |      '--- SIGCHLD ----------|---' one has ended: start another
 *        |                             |
 *        '----> [ statistics ] <-------'     a page that all of them have: SIGUSR1 prints it
 *
 * The parent accepts nobody. All that it does is done in one loop, signal by signal: they are blocked,
 * and taken with sigwaitinfo(2) when it is ready for them. So there is no handler, and nothing that
 * a handler must not do.
 */
#include "address.h"
#include "listener.h"
#include "statistics.h"
#include "workers.h"

#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "todo.h"

// A number of workers, from 1 to WORKERS_MAX. Returns 0 for anything else.
static size_t parse_workers(const char *text)
{
    uint16_t number;
    return parse_port(text, &number) == 0 && number <= WORKERS_MAX ? number : 0;
}

// Waits for one of these signals, so many milliseconds or, with -1, for ever. Returns -1 for none.
static int take_signal(const sigset_t *signals, int ms)
{
    const struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return ms == -1 ? sigwaitinfo(signals, NULL) : sigtimedwait(signals, NULL, &limit);
}

int main(int argc, char *argv[])
{
    int lfd;
    size_t count;

    // From the very beginning, or the first that comes would end the program.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    // Take port and number of workers, open the listener, name what went wrong.
    TODO(4, argc, argv, parse_workers);

    struct statistics *statistics = share_statistics();
    if (statistics == NULL) {
        err(EXIT_FAILURE, "mmap");
    }

    for (;;) {
        int ms = start_missing_workers(count, lfd, statistics);
        switch (take_signal(&signals, ms)) {
        case SIGCHLD:
            reap_workers();
            break;
        case SIGUSR1:
            print_statistics(statistics);
            break;
        case SIGTERM:
        case SIGINT:
            end_workers();
            return EXIT_SUCCESS;
        default: // it is time for another worker
            break;
        }
    }
}
