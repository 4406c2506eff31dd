/*
 * client.c - a connection between your terminal and a server.
 *
 * Usage: client HOST PORT
 *
 *                    client, one process
 *                   +-------------------+
 *     keyboard --->-| 0 stdin           |
 *                   |     `---->----.   |
 *                   |         sock  3  <|---- TCP ----> server
 *                   |     ,----<----'   |
 *     screen  <-----| 1 stdout          |
 *     screen  <-----| 2 stderr: errors  |
 *                   +-------------------+
 *
 * There is no bind here. A client does not mind which port it has: connect takes a free one.
 */
#include "address.h"
#include "connect.h"
#include "relay.h"

#include <err.h>
#include <netdb.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include "todo.h"

int main(int argc, char *argv[])
{
    // Check the arguments: there are two, and parse_port of lab00 takes the second. Otherwise say
    // on stderr how the program is used, and exit with a failure: errx, err(3).
    TODO(1, argc, argv);
    const char *host = argv[1];
    const char *port = argv[2];

    // Step 9: whoever writes to a connection that was reset gets SIGPIPE, and that ends a process
    // without a word. Ignore it, signal(2): write then returns -1, and you can say what happened.

    int lookup;
    int sock = connect_to(host, port, &lookup);
    if (sock == -1) {
        // Say what went wrong, in words, and exit with a failure. If it was the name, the words are
        // with gai_strerror(3), and only for EAI_SYSTEM with errno. Else errno has them: err(3).
        TODO(3, host, port, lookup);
    }

    const char *where;
    if (relay(STDIN_FILENO, STDOUT_FILENO, sock, &where) == -1) {
        // Something was lost on the way. Say at which end and why, and exit with a failure.
        TODO(9, where);
    }
    close(sock);
    return EXIT_SUCCESS;
}
