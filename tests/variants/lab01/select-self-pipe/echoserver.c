/*
 * echoserver.c - by someone who has read an old book: inetd style tables, select, sigaction for
 * everything, and send in small pieces. A self-pipe ends it at SIGTERM and SIGINT.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define PIECE 700

static int wake[2];

static void stop(int sig)
{
    int error = errno;
    char c = (char)sig;
    if (write(wake[1], &c, 1) == -1) {
        _exit(1);
    }
    errno = error;
}

static void die(const char *what)
{
    fprintf(stderr, "echoserver: %s: %s\n", what, strerror(errno));
    exit(3);
}

static int wait_for(int fd)
{
    fd_set set;
    do {
        FD_ZERO(&set);
        FD_SET(fd, &set);
        FD_SET(wake[0], &set);
    } while (select((fd > wake[0] ? fd : wake[0]) + 1, &set, NULL, NULL, NULL) == -1);
    if (FD_ISSET(wake[0], &set)) {
        fprintf(stderr, "bye\n");
        exit(0);
    }
    return 1;
}

static int chat(int fd)
{
    unsigned char data[PIECE];
    while (wait_for(fd)) {
        ssize_t n = recv(fd, data, sizeof data, MSG_DONTWAIT);
        if (n == 0) {
            return 0;
        }
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (n < 0) {
            return -1;
        }
        for (ssize_t m, at = 0; at < n; at += m) {
            m = send(fd, data + at, (size_t)(n - at), MSG_NOSIGNAL);
            if (m < 0 && errno == EINTR) {
                m = 0;
            }
            if (m < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = stop};
    struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list;
    int complained = 0;

    if (argc != 2 || strlen(argv[1]) > 5 || strspn(argv[1], "0123456789") != strlen(argv[1]) ||
        atoi(argv[1]) < 1 || atoi(argv[1]) > 65535) {
        fprintf(stderr, "echoserver: which port?\n");
        return 2;
    }
    if (pipe2(wake, O_CLOEXEC) == -1) {
        die("pipe");
    }
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int error = getaddrinfo(NULL, argv[1], &hints, &list);
    if (error != 0) {
        fprintf(stderr, "echoserver: %s\n", gai_strerror(error));
        return 2;
    }
    int lfd = socket(list->ai_family, list->ai_socktype | SOCK_CLOEXEC, list->ai_protocol);
    if (lfd == -1) {
        die("socket");
    }
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(lfd, list->ai_addr, list->ai_addrlen) == -1) {
        die("bind");
    }
    freeaddrinfo(list);
    if (listen(lfd, SOMAXCONN) == -1) {
        die("listen");
    }
    dprintf(1, "ready\n");
    while (wait_for(lfd)) {
        struct sockaddr_storage from;
        char host[NI_MAXHOST], port[NI_MAXSERV];
        socklen_t size = sizeof from;
        int fd = accept4(lfd, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED)) {
            continue;
        }
        if (fd == -1 &&
            (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
            if (!complained) {
                fprintf(stderr, "echoserver: %s\n", strerror(errno));
            }
            complained = 1;
            struct timeval half = {.tv_usec = 500000};
            select(0, NULL, NULL, NULL, &half);
            continue;
        }
        if (fd == -1) {
            die("accept");
        }
        complained = 0;
        getnameinfo((struct sockaddr *)&from, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
        dprintf(1, "%s:%s is here\n", host, port);
        if (chat(fd) == -1) {
            fprintf(stderr, "echoserver: %s:%s: %s\n", host, port, strerror(errno));
        }
        shutdown(fd, SHUT_RDWR);
        close(fd);
        dprintf(1, "%s:%s is gone\n", host, port);
    }
    return 0;
}
