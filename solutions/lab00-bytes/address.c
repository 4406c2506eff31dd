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

int parse_port(const char *text, uint16_t *port)
{
    // strtoul(3) does the sum, but it is too kind for an argument: it skips blanks, takes a sign,
    // and stops without a word at the first character that it does not know.
    // [step 2] TODO(2, text, port);
    if (!isdigit((unsigned char)text[0])) {
        errno = EINVAL;
        return -1;
    }
    char *end;
    unsigned long number = strtoul(text, &end, 10); // too many digits give ULONG_MAX: out of range
    if (*end != '\0' || number < 1 || number > UINT16_MAX) {
        errno = EINVAL;
        return -1;
    }
    *port = (uint16_t)number;
    return 0;
    // [/step 2]
}

int make_address(const char *ip, uint16_t port, struct sockaddr_in *address)
{
    // Zero all of it, then set the family, the port in network byte order (htons(3)) and the IP
    // address (inet_pton(3)). inet_pton returns 0 for a bad text and leaves errno alone.
    // [step 3] TODO(3, ip, port, address);
    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_port = htons(port);
    if (inet_pton(AF_INET, ip, &address->sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    return 0;
    // [/step 3]
}

int format_address(const struct sockaddr_in *address, char *text, size_t size)
{
    // inet_ntop(3) writes the IP address, snprintf(3) puts the port behind it. snprintf returns the
    // length that it needed, not the length that it wrote.
    // [step 4] TODO(4, address, text, size);
    char ip[INET_ADDRSTRLEN];
    if (inet_ntop(AF_INET, &address->sin_addr, ip, sizeof ip) == NULL) {
        return -1;
    }
    int length = snprintf(text, size, "%s:%u", ip, (unsigned)ntohs(address->sin_port));
    if ((size_t)length >= size) { // so is -1, as a size_t
        errno = ENOSPC;
        return -1;
    }
    return 0;
    // [/step 4]
}
