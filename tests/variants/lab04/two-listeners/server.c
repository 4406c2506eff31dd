// Slots are taken by compare-and-swap; all signals of a worker are blocked.
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 256 };

static struct slot {
    atomic_bool taken;
    int fd;
    char name[INET6_ADDRSTRLEN + 8];
} slots[MOST];

static struct slot *take_slot(void)
{
    for (int i = 0; i < MOST; i++) {
        bool no = false;
        if (atomic_compare_exchange_strong(&slots[i].taken, &no, true)) {
            return &slots[i];
        }
    }
    return NULL;
}

static bool send_back(int fd, char *data, size_t size)
{
    struct iovec part = {data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    while (part.iov_len > 0) {
        ssize_t n = sendmsg(fd, &message, 0);
        if (n == -1 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            part.iov_base = (char *)part.iov_base + n;
            part.iov_len -= (size_t)n;
        }
    }
    return true;
}

static void *serve(void *argument)
{
    struct slot *slot = argument;
    char data[300];
    struct iovec part = {data, sizeof data};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    int fd = slot->fd;
    ssize_t n;
    printf("%s\n", slot->name);
    while ((n = recvmsg(fd, &message, 0)) != 0) {
        if (n == -1 && errno == EINTR) {
            continue;
        }
        if (n == -1 || !send_back(fd, data, (size_t)n)) {
            break;
        }
    }
    atomic_store(&slot->taken, false);
    close(fd);
    return NULL;
}

static void let_in(int fd, struct sockaddr_storage *peer)
{
    struct slot *slot = take_slot();
    char text[INET6_ADDRSTRLEN];
    pthread_t thread;
    if (slot == NULL) {
        warnx("no room");
        close(fd);
        return;
    }
    struct sockaddr_in *four = (struct sockaddr_in *)peer;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)peer;
    void *address = peer->ss_family == AF_INET ? (void *)&four->sin_addr : &six->sin6_addr;
    inet_ntop(peer->ss_family, address, text, sizeof text);
    snprintf(slot->name, sizeof slot->name, "%s:%d", text, ntohs(four->sin_port));
    slot->fd = fd;
    if (pthread_create(&thread, NULL, serve, slot) != 0) {
        warnx("no thread for %s", slot->name);
        atomic_store(&slot->taken, false);
        close(fd);
        return;
    }
    pthread_detach(thread);
}

static int open_one(int family, in_port_t port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = port};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = port};
    const int on = 1;
    int fd = socket(family, SOCK_STREAM, 0), failed;
    if (fd == -1 && family == AF_INET6) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET) {
        failed = bind(fd, (struct sockaddr *)&four, sizeof four);
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        failed = bind(fd, (struct sockaddr *)&six, sizeof six);
    }
    if (failed == -1 || listen(fd, 1000) == -1) {
        err(1, "bind or listen");
    }
    return fd;
}

static void serve_all(struct pollfd *listeners)
{
    bool told = false;
    for (;;) {
        poll(listeners, 2, -1);
        for (int i = 0; i < 2; i++) {
            struct sockaddr_storage peer;
            socklen_t size = sizeof peer;
            if ((listeners[i].revents & POLLIN) == 0) {
                continue;
            }
            int fd = accept(listeners[i].fd, (struct sockaddr *)&peer, &size);
            if (fd >= 0) {
                told = false;
                let_in(fd, &peer);
            } else if (errno != EINTR && errno != ECONNABORTED) {
                if (!told) {
                    warn("accept");
                }
                told = true;
                usleep(20000);
            }
        }
    }
}

int main(int argc, char **argv)
{
    unsigned short port;
    char more;
    sigset_t pipe_signal;
    if (argc != 2 || strspn(argv[1], "0123456789") != strlen(argv[1]) || strlen(argv[1]) > 5 ||
        sscanf(argv[1], "%hu%c", &port, &more) != 1 || atoi(argv[1]) != port || port == 0) {
        errx(1, "usage: server PORT");
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
    struct pollfd listeners[2] = {{.fd = open_one(AF_INET, htons(port)), .events = POLLIN},
                                  {.fd = open_one(AF_INET6, htons(port)), .events = POLLIN}};
    serve_all(listeners);
}
