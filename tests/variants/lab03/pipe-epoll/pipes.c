#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int epoll, listener, timer;
static bool waiting;

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void echo_by_splice(int fd)
{
    int pipes[2];
    ssize_t n, m;
    if (pipe(pipes) != 0)
        return;
    while ((n = splice(fd, NULL, pipes[1], NULL, 1 << 16, SPLICE_F_MOVE)) > 0)
        for (; n > 0; n -= m)
            if ((m = splice(pipes[0], NULL, fd, NULL, (size_t)n, SPLICE_F_MOVE)) <= 0)
                return;
}

static void wait_for_room(void)
{
    struct itimerspec once = {.it_value.tv_nsec = 50 * 1000 * 1000};
    if (!waiting)
        fprintf(stderr, "accept: %s; waiting\n", strerror(errno));
    waiting = true;
    timerfd_settime(timer, 0, &once, NULL);
}

static void start(int fd, const struct sockaddr_in *peer)
{
    char line[64], ip[INET_ADDRSTRLEN];
    int ends[2] = {-1, -1};
    pid_t pid = pipe2(ends, O_NONBLOCK) == 0 ? fork() : -1;
    if (pid == 0) {
        // Of all descriptors only the standard ones and these two are wanted.
        fd = dup2(fcntl(fd, F_DUPFD, 5), 3);
        dup2(fcntl(ends[1], F_DUPFD, 5), 4);
        close_range(5, ~0U, 0);
        echo_by_splice(fd);
        _exit(EXIT_SUCCESS);
    }
    if (pid < 0) {
        perror("no child");
        close(ends[0]);
    } else {
        watch(ends[0], EPOLLIN);
        int size =
            snprintf(line, sizeof line, "%d serves %s:%d\n", (int)pid,
                     inet_ntop(AF_INET, &peer->sin_addr, ip, sizeof ip), ntohs(peer->sin_port));
        if (write(STDOUT_FILENO, line, (size_t)size) != size)
            perror("stdout");
    }
    close(ends[1]);
    close(fd);
}

static void accept_all(void)
{
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept4(listener, (struct sockaddr *)&peer, &size, 0);
        if (fd >= 0) {
            waiting = false;
            start(fd, &peer);
        } else if (errno == EAGAIN) {
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            wait_for_room();
            return;
        }
    }
}

int main(int argc, char **argv)
{
    unsigned port;
    char more;
    if (argc != 2 || argv[1][strspn(argv[1], "0123456789")] != '\0' || strlen(argv[1]) > 5 ||
        sscanf(argv[1], "%u%c", &port, &more) != 1 || port - 1 > 65534) {
        fprintf(stderr, "usage: server PORT\n");
        return 1;
    }
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&local, sizeof local) || listen(listener, 10)) {
        perror(argv[1]);
        return 1;
    }
    epoll = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    watch(listener, EPOLLIN | EPOLLET);
    watch(timer, EPOLLIN | EPOLLET);
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener || fd == timer) {
            accept_all();
        } else {
            // Which child it was does not matter: one is about to have ended.
            wait(NULL);
            close(fd);
        }
    }
}
