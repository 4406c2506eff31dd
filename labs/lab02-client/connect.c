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
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>
#include "todo.h"

/* Tries one address. Returns the descriptor of the connection, or -1 with errno. */
static int try_address(const struct addrinfo *address)
{
    // Make the socket(2) that this address asks for, and connect it. One whose connect failed is
    // of no use any more: close it, and mind that close(2) may change errno.
    TODO(2, address);
}

int connect_to(const char *host, const char *port, int *lookup)
{
    // Ask getaddrinfo(3) for the TCP addresses of the host, IPv4 and IPv6, and try them one after
    // another. The list is ours to free, also when none of them answered.
    TODO(2, host, port, lookup, try_address);
}
