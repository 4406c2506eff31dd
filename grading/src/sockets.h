/*
 * sockets.h - the TCP sockets of this network namespace, as the kernel lists them.
 *
 * By netlink, sock_diag(7): it is passive, so it disturbs no accept(), and takes microseconds.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct tcp_socket {
    uint16_t local_port, remote_port; // host byte order; remote is 0 for a listener
    bool listening;
    uint32_t backlog;  // the accept queue's limit, for a listener
    uint32_t queued;   // connections that wait to be accepted, for a listener; else unread bytes
    uint64_t received; // bytes in all, whether read or not
    ino_t inode;       // as in /proc/PID/fd; 0 when no process holds it any more
};

/*
 * Fills list with listeners (listening true) or with all other sockets that are not TIME_WAIT,
 * IPv4 and IPv6, at most size. Returns how many there are, or -1 with errno.
 */
ssize_t sockets_list(bool listening, struct tcp_socket *list, size_t size);

#endif
