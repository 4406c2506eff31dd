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

/* Tries one address. Returns the descriptor of the connection, or -1 with errno. */
static int try_address(const struct addrinfo *address)
{
    // Make the socket(2) that this address asks for, and connect it. One whose connect failed is
    // of no use any more: close it, and mind that close(2) may change errno.
    // [step 2] TODO(2, address);
    int sock = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (sock == -1) {
        return -1;
    }
    if (connect(sock, address->ai_addr, address->ai_addrlen) == -1) {
        int error = errno;
        close(sock);
        errno = error;
        return -1;
    }
    return sock;
    // [/step 2]
}

int connect_to(const char *host, const char *port, int *lookup)
{
    // Ask getaddrinfo(3) for the TCP addresses of the host, IPv4 and IPv6, and try them one after
    // another. The list is ours to free, also when none of them answered.
    // [step 2] TODO(2, host, port, lookup, try_address);
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *addresses;
    *lookup = getaddrinfo(host, port, &hints, &addresses);
    if (*lookup != 0) {
        return -1;
    }

    int sock = -1;
    for (const struct addrinfo *a = addresses; a != NULL && sock == -1; a = a->ai_next) {
        sock = try_address(a);
    }
    int error = errno;
    freeaddrinfo(addresses);
    errno = error;
    return sock;
    // [/step 2]
}
