/*
 * server.c - an echo server that gives every client a thread of its own, in one process.
 *
 * Usage: server PORT
 *
 *    one process
 *   +------------------------------------------------------------------+
 *   |  main thread             slots            threads, one a client  |
 *   |                         +-----+                                  |
 *   |  lfd    accept --cfd--> |  0  | -------> serve_client --- cfd ---|--- client A
 *   |                         |  1  | -------> serve_client --- cfd ---|--- client B
 *   |                --cfd--> | ... |                                  |
 *   |                         | 255 | -------> serve_client --- cfd ---|--- client Z
 *   |          no slot free   +-----+                                  |
 *   |          close(cfd)  <-----'                                     |
 *   +------------------------------------------------------------------+
 *
 * Threads share the process's descriptors: nobody gets a copy, as fork(2) makes, and one close is
 * enough. They share its memory too, so each thread is told which slot is its own, by a pointer
 * that is good as long as the thread lives.
 */
#include "address.h"
#include "listener.h"
#include "slots.h"
#include "worker.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "todo.h"

static void start_client(int cfd, const struct sockaddr_in *peer)
{
    char client[ADDRESS_TEXT_SIZE];
    format_address(peer, client, sizeof client);

    struct slot *slot = take_slot(cfd, client);
    if (slot == NULL) {
        // One client too many. Say so and close its connection at once: better a quick no than a
        // client that waits and does not know for what.
        TODO(6, cfd);
        return;
    }

    int error = start_worker(slot);
    if (error != 0) {
        // No thread was made, so slot and connection are still ours to give back. Report the error:
        // pthread functions return it and leave errno alone, pthreads(7), but warn(3) looks there.
        TODO(8, cfd);
    }
}

/*
 * To be called when accept failed, with its errno. Some errors pass: no descriptor or no memory
 * was free. Then this warns, unless `warned` says that it has, waits a little and returns true.
 * Any other error ends the server: accepting again would fail again, without end.
 */
static bool wait_for_room(bool warned)
{
    // Threads give descriptors back when their clients go, and nothing tells us when: look again
    // ten times a second. (pthread_cond_wait(3) could tell. For a rare case this is enough.)
    TODO(8, warned);
}

static _Noreturn void accept_forever(int lfd)
{
    bool warned = false;
    for (;;) {
        struct sockaddr_in peer;
        int cfd = accept_client(lfd, &peer);
        if (cfd == -1) {
            warned = wait_for_room(warned);
            continue;
        }
        warned = false;
        start_client(cfd, &peer);
    }
}

int main(int argc, char *argv[])
{
    int lfd;

    // As in lab01: take the port from the command line, open the listener, name what went wrong.
    TODO(1, argc, argv);

    // Step 9: who writes to a client that has gone gets SIGPIPE, and that ends a process: now that
    // is everybody. Ignore it, signal(2): write then fails with EPIPE, and one thread hears of it.
    accept_forever(lfd);
}
