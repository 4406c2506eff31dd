/*
 * server.c - an echo server that gives every client a process of its own.
 *
 * Usage: server PORT
 *
 *     server, the parent                      its children, one a client
 *    +------------------+
 *    | lfd     listens  | <--- new clients
 *    |                  |        fork        +-----+
 *    | accept --> cfd --|------------------> | cfd | <---> client A     reads, echoes,
 *    |                  |                    +-----+                    ends with its client
 *    |                  |        fork        +-----+
 *    | accept --> cfd --|------------------> | cfd | <---> client B
 *    |                  |                    +-----+
 *    | on_sigchld       | <---- SIGCHLD ------- ends
 *    +------------------+
 *
 * The descriptors of both, in time. After fork(2) both processes hold both, and a connection or a
 * port is free only when the last of its holders has closed it:
 *
 *               accept      fork        each closes what the other needs
 *     parent    lfd cfd     lfd cfd     lfd
 *     child                 lfd cfd         cfd
 */
#include "address.h"
#include "children.h"
#include "echo.h"
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

// What the child does: its whole life.
static _Noreturn void serve_client(int lfd, int cfd, const char *client)
{
    // Step 3: the child never accepts. As long as it held the listener, no new server could have
    // the port. close(2).
    // [step 3] (void)lfd;
    close(lfd);
    // [/step 3]

    // Echo until the client ends, then leave by _exit(2): exit(3) would flush and clean up what
    // is the parent's. SIGPIPE keeps its default: it ends this child and disturbs nobody else.
    // [step 2] TODO(2, cfd, client);
    if (echo_until_end(cfd) == -1) {
        warn("client %s", client);
    }
    _exit(EXIT_SUCCESS);
    // [/step 2]
}

// What the parent does once there is a child: say so, and forget the connection.
static void leave_to_child(pid_t pid, int cfd, const char *client)
{
    // Step 8: say who is served, by which process, and flush at once: what stays in stdio's buffer
    // is copied by the next fork(2), and a copy may be written too. stdout may be a file: setbuf(3)
    // [step 8] (void)pid, (void)client;
    printf("%s is served by process %d\n", client, (int)pid);
    fflush(stdout);
    // [/step 8]

    // Step 3: the connection ends when its last holder has closed it, and that should be the child.
    // And what the parent does not hold, no later child inherits.
    // [step 3] (void)cfd;
    close(cfd);
    // [/step 3]
}

static void start_child(int lfd, int cfd, const struct sockaddr_in *peer)
{
    char client[ADDRESS_TEXT_SIZE];
    format_address(peer, client, sizeof client);

    // fork(2) returns in three ways: -1, no child was made; 0, this is the child; else this is the
    // parent. Without a child only this client is lost: say so and close its connection.
    // [step 2] TODO(2, lfd, cfd, client, serve_client, leave_to_child);
    pid_t pid = fork();
    switch (pid) {
    case -1:
        warn("fork for %s", client);
        close(cfd);
        break;
    case 0:
        serve_client(lfd, cfd, client); // does not return
    default:
        leave_to_child(pid, cfd, client);
        break;
    }
    // [/step 2]
}

/*
 * To be called when accept failed, with its errno. Some errors pass: no descriptor or no memory
 * was free. Then this warns, unless `warned` says that it has, waits a little and returns true.
 * Any other error ends the server: accepting again would fail again, without end.
 */
static bool wait_for_room(bool warned)
{
    // EMFILE is hardly ever of our making, as the parent holds no connection: it inherited many
    // files, or its limit is low. ENFILE and memory are shared with everybody, and a child that
    // ends gives some back: its SIGCHLD wakes nanosleep(2), which is never restarted, signal(7).
    // [step 6] TODO(6, warned);
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) {
        err(EXIT_FAILURE, "accept");
    }
    if (!warned) {
        warn("accept, waiting for room");
    }
    const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};
    nanosleep(&tenth, NULL);
    return true;
    // [/step 6]
}

static _Noreturn void accept_forever(int lfd)
{
    bool warned = false;
    for (;;) {
        struct sockaddr_in peer;
        int cfd = accept_client(lfd, &peer);
        if (cfd == -1) {
            warned = wait_for_room(warned);
            continue;
        }
        warned = false;
        start_child(lfd, cfd, &peer);
    }
}

int main(int argc, char *argv[])
{
    int lfd;

    // As in lab01: take the port from the command line, open the listener, name what went wrong.
    // [step 1] TODO(1, argc, argv);
    uint16_t port;
    if (argc != 2 || parse_port(argv[1], &port) == -1) {
        errx(EXIT_FAILURE, "usage: server PORT");
    }
    const char *call;
    lfd = open_listener(port, &call);
    if (lfd == -1) {
        err(EXIT_FAILURE, "%s port %d", call, port);
    }
    // [/step 1]

    if (reap_children() == -1) {
        err(EXIT_FAILURE, "sigaction");
    }
    accept_forever(lfd);
}
