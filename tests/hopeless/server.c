/*
 * server.c - servers that are wrong beyond hope, each in one way: the verdict must come quickly.
 *
 * tests/bench.sh builds it as each lab whose program is a server, with one of these in front:
 *
 *     #define HOPELESS CRASHES          dies before it listens
 *                      SLEEPS           never listens
 *                      SPINS            never listens, and computes
 *                      NEVER_ACCEPTS    listens, and sleeps
 *                      NEVER_ANSWERS    accepts everybody, and reads nothing
 *                      NEVER_CLOSES     answers everybody, and closes nothing
 *                      RESTLESS         accepts, and wakes up ten times a second to do nothing
 *                      LATE             answers, half a second too late each time
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CRASHES, SLEEPS, SPINS, NEVER_ACCEPTS, NEVER_ANSWERS, NEVER_CLOSES, RESTLESS, LATE };

static struct pollfd fds[1024];
static nfds_t count = 1;

static void serve(struct pollfd *client)
{
    char buffer[4096];
    ssize_t n = read(client->fd, buffer, sizeof buffer);
    if (n > 0) {
        if (HOPELESS == LATE) {
            poll(NULL, 0, 500);
        }
        n = write(client->fd, buffer, (size_t)n);
    } else {
        if (HOPELESS == LATE) {
            close(client->fd);
        }
        client->fd = -1;
    }
}

int main(int argc, char *argv[])
{
    long port = argc >= 2 ? strtol(argv[1], NULL, 10) : 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int on = 1;

    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: server PORT\n");
        return EXIT_FAILURE;
    }
    if (HOPELESS == CRASHES) {
        abort();
    }
    while (HOPELESS == SLEEPS || HOPELESS == SPINS) {
        if (HOPELESS == SLEEPS) {
            pause();
        }
    }
    fds[0] = (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN};
    setsockopt(fds[0].fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fds[0].fd, (struct sockaddr *)&address, sizeof address) == -1) {
        perror("bind");
        return EXIT_FAILURE;
    }
    listen(fds[0].fd, 128);
    for (;;) {
        poll(fds, HOPELESS == NEVER_ACCEPTS ? 0 : count, HOPELESS == RESTLESS ? 100 : -1);
        if (fds[0].revents != 0 && count < sizeof fds / sizeof fds[0]) {
            fds[count].fd = accept(fds[0].fd, NULL, NULL);
            fds[count++].events = HOPELESS == NEVER_ANSWERS || HOPELESS == RESTLESS ? 0 : POLLIN;
        }
        for (nfds_t i = 1; i < count; i++) {
            if (fds[i].fd != -1 && (fds[i].revents & POLLIN) != 0) {
                serve(&fds[i]);
            }
        }
    }
}
