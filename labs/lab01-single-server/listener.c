/*
 * listener.c - where clients come in: a socket that listens, and the next client that it brings.
 *
 *     socket      lfd   a descriptor, and nothing else yet
 *     setsockopt  lfd   a setting that bind will look at
 *     bind        lfd   0.0.0.0:9876
 *     listen      lfd   0.0.0.0:9876   queue [ C ] [ B ] [ A ]   the kernel takes clients now
 *     accept      lfd   0.0.0.0:9876   queue [ C ] [ B ]
 *                 cfd   127.0.0.1:9876 <---> 127.0.0.1:35394     client A, a descriptor of its own
 */
#include "listener.h"

#include "address.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>
#include "todo.h"

/*
 * Lets the socket be bound to a port on which only old connections are left.
 * Returns 0, or -1 with errno.
 */
static int allow_restart(int lfd)
{
    // Step 8: the connections of a server that has ended stay with the kernel for a minute, and
    // hold the port: TIME_WAIT, tcp(7). Say that they don't matter: SO_REUSEADDR, socket(7).
    (void)lfd;
    return 0;
}

/* Closes fd after a call on it failed, and keeps that call's errno. Returns -1. */
static int give_up(int fd)
{
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int open_listener(uint16_t port, const char **call)
{
    // Make the address 0.0.0.0:port, a socket(2), allow_restart, bind(2), listen(2) with a queue
    // for 128. Check every one, and put its name into *call first, so that it can be blamed. When
    // the socket is open already, leave by give_up.
    TODO(2, port, call, allow_restart, give_up);
}

int accept_client(int lfd, struct sockaddr_in *peer)
{
    for (;;) {
        // Take the next connection out of the queue: accept(2). It is told how much room there is
        // for the address, and writes over that how much it used: say it anew each time.
        // (Until that is written, poll lets the server wait for its first client.)
        poll(&(struct pollfd){lfd, POLLIN, 0}, 1, -1); TODO(4, lfd, peer);

        // Step 9: two errors say nothing about the listener. A signal came (EINTR), or this client
        // left while it was still in the queue (ECONNABORTED). Try the next one.
        return -1;
    }
}
