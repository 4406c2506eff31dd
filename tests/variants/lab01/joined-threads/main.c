/*
 * main.c - a thread for each client, joined before the next is accepted; stdio on the way out with a
 * buffer of its own; lines set by setvbuf; SIGPIPE caught by a handler that does nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void nothing(int sig)
{
    (void)sig;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    enum { SIZE = 1 << 20 };
    char *data = malloc(SIZE);
    ssize_t n = data == NULL ? -1 : 1;
    while (n > 0) {
        struct iovec in = {data, SIZE};
        struct msghdr message = {.msg_iov = &in, .msg_iovlen = 1};
        while ((n = recvmsg(fd, &message, 0)) == -1 && errno == EINTR) {
        }
        struct iovec out = {data, n > 0 ? (size_t)n : 0};
        message.msg_iov = &out;
        while (out.iov_len > 0) {
            ssize_t m = sendmsg(fd, &message, 0);
            if (m == -1 && errno != EINTR) {
                n = -1;
                break;
            }
            if (m > 0) {
                out.iov_base = (char *)out.iov_base + m;
                out.iov_len -= (size_t)m;
            }
        }
    }
    if (n == -1) {
        printf("lost a client\n");
    }
    free(data);
    close(fd);
    return NULL;
}

int main(int argc, char *argv[])
{
    uint32_t port = 0;
    const char *digit = argc == 2 ? argv[1] : "";
    for (; *digit >= '0' && *digit <= '9' && port < 65536; digit++) {
        port = port * 10 + (uint32_t)(*digit - '0');
    }
    if (argc != 2 || *digit != '\0' || port == 0 || port > 65535) {
        fputs("I need one port\n", stderr);
        return EXIT_FAILURE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = nothing, .sa_flags = SA_RESTART}, NULL);
    struct sockaddr_in me = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1, lfd = socket(PF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (lfd < 0 || setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) {
        perror("socket");
        return 1;
    }
    if (bind(lfd, (void *)&me, sizeof me) < 0) {
        perror("bind failed");
        return 1;
    }
    if (listen(lfd, 4096) < 0) {
        perror("listen failed");
        return 1;
    }
    printf("listening on %u\n", port);
    int waiting = 0;
    for (;;) {
        struct sockaddr_in you;
        socklen_t room = sizeof you;
        pthread_t thread;
        int fd = accept(lfd, (void *)&you, &room);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) {
            continue;
        }
        if (fd < 0) {
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) {
                perror("accept");
                return 1;
            }
            if (waiting++ == 0) {
                perror("accept, later again");
            }
            usleep(900000);
            continue;
        }
        waiting = 0;
        printf("-> %s:%hu\n", inet_ntoa(you.sin_addr), ntohs(you.sin_port));
        int error = pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
        if (error != 0) {
            fprintf(stderr, "pthread_create: %s\n", strerror(error));
            close(fd);
            continue;
        }
        pthread_join(thread, NULL);
    }
}
