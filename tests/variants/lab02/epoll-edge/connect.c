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

/* Does what connect(2) does, and to its end, also when signals come. 0, or -1 with errno. */
static int connect_fully(int sock, const struct sockaddr *address, socklen_t size)
{
    // A signal interrupts the waiting (EINTR), not the attempt: that goes on in the kernel. So wait
    // until it is over, poll(2), and ask connect again how it ended: EISCONN, it is connected.
    // [step 2] TODO(2, sock, address, size);
    while (connect(sock, address, size) == -1) {
        if (errno == EISCONN) {
            return 0;
        }
        if (errno != EINTR && errno != EALREADY) {
            return -1;
        }
        struct pollfd attempt = {.fd = sock, .events = POLLOUT};
        poll(&attempt, 1, -1); // interrupted too? Then connect says EALREADY, and we are back here
    }
    return 0;
    // [/step 2]
}

/* Tries one address. Returns the descriptor of the connection, or -1 with errno. */
static int try_address(const struct addrinfo *address)
{
    // Make the socket(2) that this address asks for, and connect it. One whose connect failed is
    // of no use any more: close it, and mind that close(2) may change errno.
    // [step 2] TODO(2, address, connect_fully);
    int sock = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (sock == -1) {
        return -1;
    }
    if (connect_fully(sock, address->ai_addr, address->ai_addrlen) == -1) {
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
