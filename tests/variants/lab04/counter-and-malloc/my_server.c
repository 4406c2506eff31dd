// No table, only a number: how many clients there are. Each thread owns its argument and frees it.
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 256, ROOM = 1 << 20 };

struct client {
    int fd;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    char data[];
};

static atomic_int clients;

static int echo(struct client *client)
{
    ssize_t got, sent;
    while ((got = recv(client->fd, client->data, ROOM, 0)) != 0) {
        if (got == -1 && errno != EINTR) {
            return -1;
        }
        for (ssize_t at = 0; at < got; at += sent) {
            sent = send(client->fd, client->data + at, (size_t)(got - at), MSG_NOSIGNAL);
            if (sent == -1 && errno != EINTR) {
                return -1;
            }
            sent = sent == -1 ? 0 : sent;
        }
    }
    return 0;
}

static void *serve(void *argument)
{
    struct client *client = argument;
    pthread_detach(pthread_self());
    dprintf(STDOUT_FILENO, "hello %s:%s\n", client->host, client->port);
    if (echo(client) == -1) {
        dprintf(STDERR_FILENO, "port %s: %s\n", client->port, strerror(errno));
    }
    int fd = client->fd;
    free(client);
    atomic_fetch_sub(&clients, 1);
    close(fd);
    return NULL;
}

static void let_in(int fd, const struct sockaddr *peer, socklen_t size)
{
    struct client *client = malloc(sizeof *client + ROOM);
    pthread_t thread;
    int error = ENOMEM;
    if (client != NULL && atomic_fetch_add(&clients, 1) < MOST) {
        client->fd = fd;
        getnameinfo(peer, size, client->host, sizeof client->host, client->port,
                    sizeof client->port, NI_NUMERICHOST | NI_NUMERICSERV);
        error = pthread_create(&thread, NULL, serve, client);
        if (error == 0) {
            return;
        }
    }
    if (client != NULL) {
        atomic_fetch_sub(&clients, 1);
    }
    dprintf(STDERR_FILENO, "sorry: %s\n", strerror(error));
    free(client);
    close(fd);
}

static int open_port(const char *port)
{
    struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list;
    int on = 1, error = getaddrinfo(NULL, port, &hints, &list);
    if (error != 0) {
        dprintf(STDERR_FILENO, "port %s: %s\n", port, gai_strerror(error));
        exit(1);
    }
    int fd = socket(list->ai_family, list->ai_socktype | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, list->ai_addr, list->ai_addrlen) == -1 || listen(fd, SOMAXCONN) == -1) {
        dprintf(STDERR_FILENO, "port %s: %s\n", port, strerror(errno));
        exit(1);
    }
    freeaddrinfo(list);
    return fd;
}

int main(int argc, char **argv)
{
    char *end = "";
    long port = argc == 2 && argv[1][0] != '+' ? strtol(argv[1], &end, 10) : 0;
    if (port < 1 || port > 65535 || *end != '\0') {
        dprintf(STDERR_FILENO, "server PORT\n");
        return 2;
    }
    int lfd = open_port(argv[1]), told = 0;
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd >= 0) {
            told = 0;
            let_in(fd, (struct sockaddr *)&peer, size);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            if (!told++) {
                dprintf(STDERR_FILENO, "accept: %s\n", strerror(errno));
            }
            nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
        }
    }
}
