/*
 * address.c - ports and IPv4 addresses: text to bytes, and back to text.
 *
 *     "127.0.0.1", 9876  -- make_address -->   struct sockaddr_in
 *                                              02 00   26 94   7f 00 00 01   00 00 ... 00
 *     "127.0.0.1:9876"   <-- format_address -- family  port    IP address    zeros
 *
 * The port and the IP address stand in network byte order there. The family does not: no network
 * ever sees it, it tells the kernel what kind of address follows.
 */
#include "address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "todo.h"

int parse_port(const char *text, uint16_t *port)
{
    // strtoul(3) does the sum, but it is too kind for an argument: it skips blanks, takes a sign,
    // and stops without a word at the first character that it does not know.
    TODO(2, text, port);
}

int make_address(const char *ip, uint16_t port, struct sockaddr_in *address)
{
    // Zero all of it, then set the family, the port in network byte order (htons(3)) and the IP
    // address (inet_pton(3)). inet_pton returns 0 for a bad text and leaves errno alone.
    TODO(3, ip, port, address);
}

int format_address(const struct sockaddr_in *address, char *text, size_t size)
{
    // inet_ntop(3) writes the IP address, snprintf(3) puts the port behind it. snprintf returns the
    // length that it needed, not the length that it wrote.
    TODO(4, address, text, size);
}
