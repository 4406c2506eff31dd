/*
 * server.c - an echo server for one client at a time.
 *
 * Usage: server PORT
 *
 *     server, one process
 *    +-----------------------------------+
 *    | 1   stdout: who has connected     |
 *    |                                   |        queue: they are connected, and wait
 *    | 3   lfd   listens ----------------|----- [ C ] [ B ]
 *    |            | accept               |
 *    | 4   cfd   reads and writes <------|----> client A, being served
 *    +-----------------------------------+
 *
 * When A has ended, cfd is closed, and accept brings B: most likely as descriptor 4 again. Until
 * then B's bytes wait in the kernel. That is what the next labs cure.
 */
#include "address.h"
#include "echo.h"
#include "listener.h"

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

/*
 * To be called when accept failed, with its errno. Some errors pass: no descriptor or no memory
 * was free. Then this warns, unless `warned` says that it has, waits a little and returns true.
 * Any other error ends the server: accepting again would fail again, without end.
 */
static bool wait_for_room(bool warned)
{
    // Between two clients this server holds nothing that it could give back. It can only say what
    // is missing (EMFILE, ENFILE, ENOBUFS, ENOMEM), once, and ask again later. nanosleep(2): to ask
    // again at once would take a whole processor.
    TODO(9, warned);
}

// Waits for a client and does for it all that is to be done.
static void serve_next(int lfd)
{
    struct sockaddr_in peer;
    char client[ADDRESS_TEXT_SIZE];
    bool warned = false;
    int cfd;

    while ((cfd = accept_client(lfd, &peer)) == -1) {
        warned = wait_for_room(warned);
    }

    // Say who it is, with format_address of lab00, and flush at once: when stdout is a file or a
    // pipe, stdio would keep the line until it has a few thousand bytes, setbuf(3).
    TODO(4, peer, client);

    if (echo_until_end(cfd) == -1) {
        // This client has reset its connection, or is gone. That is its own affair: say so, and
        // let the server live.
        TODO(9, client);
    }

    // Step 4: the client sees the end of the connection only when cfd is closed, close(2).
}

int main(int argc, char *argv[])
{
    uint16_t port;

    // Take the port from the command line with parse_port of lab00. Is it missing, or no port, or
    // not alone? Say on stderr how the program is used, and exit with a failure: errx, err(3).
    TODO(1, argc, argv);

    // Step 9: whoever writes to a client that is gone gets SIGPIPE, and that ends a process. Ignore
    // it, signal(2): write then returns -1 with EPIPE, an error like any other.

    const char *call;
    int lfd = open_listener(port, &call);
    if (lfd == -1) {
        // No listener, no server. Say which call failed for which port, and why: err(3).
        TODO(3, port, call);
    }

    // After this client comes the next, and so on for ever.
    serve_next(lfd); TODO(7);
}
