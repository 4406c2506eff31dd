/*
 * connect.c - a connection to a server, wherever its name leads.
 *
 *     "localhost", "9876"
 *          |
 *     getaddrinfo         a list             a new socket for each
 *          |
 *          +--> [::1]:9876          socket 3 -- connect --> refused, close 3
 *          |
 *          +--> 127.0.0.1:9876      socket 3 -- connect --> there it is
 *          |
 *     freeaddrinfo        whatever came of it
 */
#include "connect.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>
#include "todo.h"

/* Does what connect(2) does, and to its end, also when signals come. 0, or -1 with errno. */
static int connect_fully(int sock, const struct sockaddr *address, socklen_t size)
{
    // A signal interrupts the waiting (EINTR), not the attempt: that goes on in the kernel. So wait
    // until it is over, poll(2), and ask connect again how it ended: EISCONN, it is connected.
    TODO(2, sock, address, size);
}

/* Tries one address. Returns the descriptor of the connection, or -1 with errno. */
static int try_address(const struct addrinfo *address)
{
    // Make the socket(2) that this address asks for, and connect it. One whose connect failed is
    // of no use any more: close it, and mind that close(2) may change errno.
    TODO(2, address, connect_fully);
}

int connect_to(const char *host, const char *port, int *lookup)
{
    // Ask getaddrinfo(3) for the TCP addresses of the host, IPv4 and IPv6, and try them one after
    // another. The list is ours to free, also when none of them answered.
    TODO(2, host, port, lookup, try_address);
}
