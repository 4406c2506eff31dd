/*
 * address.h - ports and IPv4 addresses: text to bytes, and back to text.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

/* Room for every text that format_address makes, the '\0' included. */
#define ADDRESS_TEXT_SIZE sizeof "255.255.255.255:65535"

/*
 * Reads a port: decimal digits and nothing else, 1 to 65535. Zeros in front do not matter: "0080"
 * is 80. Returns 0 and sets *port; or returns -1 with errno EINVAL, and *port is as it was.
 */
int parse_port(const char *text, uint16_t *port);

/*
 * Fills *address with an IPv4 address such as "127.0.0.1" (four decimal numbers, as inet_pton(3)
 * wants them) and a port in the machine's own byte order. All other bytes of *address become zero.
 * Returns 0; or -1 with errno EINVAL when ip is no such text, and *address is of no use then.
 */
int make_address(const char *ip, uint16_t port, struct sockaddr_in *address);

/*
 * Writes address as text, such as "127.0.0.1:9876", with its '\0' into text[0] to text[size - 1].
 * Returns 0; or -1 with errno ENOSPC when size is too small, and text is of no use then.
 */
int format_address(const struct sockaddr_in *address, char *text, size_t size);

#endif
