/*
 * echo.h - what the server does for a client.
 */
#ifndef ECHO_H
#define ECHO_H

/*
 * Sends every byte that comes in on the connection back to where it came from, as soon as it is
 * here, until the peer has ended its side. Whatever bytes they are, they are not looked at.
 * Returns 0 when the peer has ended and all of it was sent back; or -1 with errno as read(2) or
 * write(2) set it. Does not close cfd: who opened it does.
 */
int echo_until_end(int cfd);

#endif
