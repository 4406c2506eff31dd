// An event loop where the lab asks for less: epoll, non-blocking, two listeners, all clients at once.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 1 << 16, CLIENTS = 1024 };

struct client {
    int fd;
    size_t start, end;
    int ended;
    char data[ROOM];
};

static struct client *clients[CLIENTS];

static int open_one(int family, unsigned short port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    int on = 1, fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd == -1) {
        fprintf(stderr, "no socket: %s\n", strerror(errno));
        exit(1);
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    int failed;
    if (family == AF_INET) {
        failed = bind(fd, (struct sockaddr *)&four, sizeof four);
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        failed = bind(fd, (struct sockaddr *)&six, sizeof six);
    }
    if (failed == -1 || listen(fd, 64) == -1) {
        fprintf(stderr, "cannot bind port %d: %s\n", port, strerror(errno));
        exit(1);
    }
    return fd;
}

static void watch(int epoll, int fd, unsigned events, int op)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, op, fd, &event);
}

static void let_in(int epoll, int lfd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    char text[INET6_ADDRSTRLEN] = "?";
    int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK);
    static int told;
    if (fd == -1) {
        if (errno != EINTR && errno != ECONNABORTED && !told) {
            told = 1;
            perror("accept, later again");
        }
        // The listener stays ready: without a rest epoll would come back at once.
        usleep(50000);
        return;
    }
    told = 0;
    if (fd >= CLIENTS || (clients[fd] = calloc(1, sizeof *clients[fd])) == NULL) {
        close(fd);
        return;
    }
    clients[fd]->fd = fd;
    unsigned short port = 0;
    if (peer.ss_family == AF_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)&peer;
        inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
        port = ntohs(four->sin_port);
    }
    printf("[+] %s:%d\n", text, port);
    fflush(stdout);
    watch(epoll, fd, EPOLLIN, EPOLL_CTL_ADD);
}

static void let_go(struct client *client)
{
    clients[client->fd] = NULL;
    close(client->fd);
    free(client);
}

static void serve(int epoll, struct client *client)
{
    if (client->start == client->end) {
        ssize_t n = recv(client->fd, client->data, sizeof client->data, 0);
        if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }
        if (n <= 0) {
            let_go(client);
            return;
        }
        client->start = 0;
        client->end = (size_t)n;
    }
    ssize_t n =
        send(client->fd, client->data + client->start, client->end - client->start, MSG_NOSIGNAL);
    if (n == -1 && errno != EAGAIN && errno != EINTR) {
        let_go(client);
        return;
    }
    client->start += n > 0 ? (size_t)n : 0;
    watch(epoll, client->fd, client->start < client->end ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

int main(int argc, char **argv)
{
    char *end = NULL;
    long port =
        argc == 2 && argv[1][strspn(argv[1], "0123456789")] == '\0' ? strtol(argv[1], &end, 10) : 0;
    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 2;
    }
    int epoll = epoll_create1(0);
    int four = open_one(AF_INET, (unsigned short)port),
        six = open_one(AF_INET6, (unsigned short)port);
    watch(epoll, four, EPOLLIN, EPOLL_CTL_ADD);
    watch(epoll, six, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event events[16];
        int count = epoll_wait(epoll, events, 16, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == four || fd == six) {
                let_in(epoll, fd);
            } else if (clients[fd] != NULL) {
                serve(epoll, clients[fd]);
            }
        }
    }
}
