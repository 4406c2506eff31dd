/*
 * echo.c - what the server does for a client.
 *
 *     client                      kernel                           server
 *     write "hello" --> [ receive buffer of cfd  "hello" ] --> read  --.
 *                                                                      |  buffer
 *     read "hello"  <-- [ send buffer of cfd     "hello" ] <-- write --'
 *
 * TCP carries a stream of bytes. What the client wrote in one piece may be read in three, and three
 * pieces in one. So there are no messages here, and no lines: only bytes, and an end.
 */
#include "echo.h"

#include "io.h"

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>
#include "todo.h"

int echo_until_end(int cfd)
{
    char buffer[16 * 1024];
    ssize_t n;

    for (;;) {
        // Take what is here, at most a buffer full: read(2). When it returns 0, the peer has ended
        // its side, and nothing is left to send back.
        TODO(4, cfd, buffer, n);

        // Step 6: a signal handler that ran while read was waiting makes it return -1 with EINTR,
        // signal(7). No byte is lost. Go back and read again.

        // Send back exactly the bytes that came, be they text or not. How many, only read knows:
        // there is no '\0' at their end. write(2) may take fewer than it is given; write_all of
        // lab00 sends them all.
        TODO(5, cfd, buffer, n);
    }
}
