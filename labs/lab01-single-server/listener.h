/*
 * listener.h - where clients come in: a socket that listens, and the next client that it brings.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <netinet/in.h>
#include <stdint.h>

/*
 * Opens a socket that listens on this port of every IPv4 address of the machine. A port that was
 * in use a moment ago can be had again at once; one that is in use now cannot.
 * Returns the descriptor; or -1 with errno, and then *call is the name of the call that failed,
 * such as "bind", and nothing is left open.
 */
int open_listener(uint16_t port, const char **call);

/*
 * Waits for the next client and sets *peer to its address. An interruption by a signal, or a client
 * that gave up before its turn came, is no reason to return.
 * Returns the descriptor of the connection; or -1 with errno as accept(2) set it.
 */
int accept_client(int lfd, struct sockaddr_in *peer);

#endif
