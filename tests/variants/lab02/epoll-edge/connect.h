/*
 * connect.h - a connection to a server, wherever its name leads.
 */
#ifndef CONNECT_H
#define CONNECT_H

/*
 * Connects to this port of this host. The host is a name, or an IPv4 or IPv6 address as text; the
 * port is a number as text. A name may stand for several addresses: they are tried in the order
 * that getaddrinfo(3) gives them, until one answers.
 * Returns the descriptor of the connection; or -1, and then nothing is left open, and
 *   - *lookup is the error of getaddrinfo, for gai_strerror(3): the host was not found;
 *   - or *lookup is 0: it was found, and errno says why its last address could not be reached.
 */
int connect_to(const char *host, const char *port, int *lookup);

#endif
