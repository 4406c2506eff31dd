/*
 * client.c - clients that are wrong beyond hope, each in one way. See server.c.
 *
 *     #define HOPELESS CRASHES          dies before it connects
 *                      SLEEPS           never connects
 *                      SPINS            never connects, and computes
 *                      NEVER_SENDS      connects, and sleeps
 *                      NEVER_ENDS       does its work, and stays
 *                      RESTLESS         connects, and wakes up ten times a second to do nothing
 */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CRASHES, SLEEPS, SPINS, NEVER_SENDS, NEVER_ENDS, RESTLESS };

int main(int argc, char *argv[])
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *address;
    char buffer[4096];

    if (HOPELESS == CRASHES) {
        abort();
    }
    while (HOPELESS == SLEEPS || HOPELESS == SPINS) {
        if (HOPELESS == SLEEPS) {
            pause();
        }
    }
    if (argc != 3 || getaddrinfo(argv[1], argv[2], &hints, &address) != 0) {
        fprintf(stderr, "usage: client HOST PORT\n");
        return EXIT_FAILURE;
    }
    int sock = socket(address->ai_family, address->ai_socktype, 0);
    if (connect(sock, address->ai_addr, address->ai_addrlen) == -1) {
        perror("connect");
        return EXIT_FAILURE;
    }
    struct pollfd fds[] = {{.fd = 0, .events = POLLIN}, {.fd = sock, .events = POLLIN}};
    for (;;) {
        poll(fds, HOPELESS == NEVER_ENDS ? 2 : 0, HOPELESS == RESTLESS ? 100 : -1);
        for (int i = 0; HOPELESS == NEVER_ENDS && i < 2; i++) {
            ssize_t n = fds[i].revents != 0 ? read(fds[i].fd, buffer, sizeof buffer) : -1;
            if (n > 0) {
                n = write(i == 0 ? sock : 1, buffer, (size_t)n);
            } else if (n == 0) {
                fds[i].fd = -1;
                shutdown(sock, i == 0 ? SHUT_WR : SHUT_RD);
            }
        }
    }
}
