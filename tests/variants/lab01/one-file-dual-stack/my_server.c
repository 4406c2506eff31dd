// One file, own structure: a dual-stack socket from getaddrinfo, readv and writev.
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int usage(void)
{
    fputs("my_server needs a port from 1 to 65535\n", stderr);
    return 64;
}

static int echo_some(int fd, struct iovec *in)
{
    ssize_t got = readv(fd, in, 2);
    if (got <= 0) {
        return got == -1 && errno == EINTR;
    }
    size_t first = (size_t)got < in[0].iov_len ? (size_t)got : in[0].iov_len;
    struct iovec out[2] = {{in[0].iov_base, first}, {in[1].iov_base, (size_t)got - first}};
    while (out[0].iov_len + out[1].iov_len > 0) {
        ssize_t put = writev(fd, out, 2);
        if (put == -1 && errno != EINTR) {
            return 0;
        }
        for (int i = 0; i < 2 && put > 0; i++) {
            size_t part = (size_t)put < out[i].iov_len ? (size_t)put : out[i].iov_len;
            out[i].iov_base = (char *)out[i].iov_base + part;
            out[i].iov_len -= part;
            put -= (ssize_t)part;
        }
    }
    return 1;
}

static void log_peer(const struct sockaddr_storage *peer, socklen_t size)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    getnameinfo((const struct sockaddr *)peer, size, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    const char *shown = strncmp(host, "::ffff:", 7) == 0 ? host + 7 : host;
    dprintf(STDOUT_FILENO, "hello %s:%s\n", shown, port);
}

int main(int argc, char **argv)
{
    char *end, head[7], tail[4000];
    if (argc != 2 || argv[1][0] < '0' || argv[1][0] > '9') {
        return usage();
    }
    unsigned long number = strtoul(argv[1], &end, 10);
    if (*end != '\0' || number < 1 || number > 65535) {
        return usage();
    }
    struct addrinfo hints = {
        .ai_family = AF_INET6, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *list;
    int on = 1, off = 0;
    if (getaddrinfo(NULL, argv[1], &hints, &list) != 0) {
        return usage();
    }
    int lfd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (lfd == -1) {
        perror("socket");
        return 1;
    }
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(lfd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(lfd, list->ai_addr, list->ai_addrlen) == -1 || listen(lfd, SOMAXCONN) == -1) {
        perror("bind");
        return 1;
    }
    freeaddrinfo(list);
    signal(SIGPIPE, SIG_IGN);
    unsigned tries = 0;
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED)) {
            continue;
        }
        if (fd == -1) {
            if (tries++ == 0) {
                perror("accept");
            }
            usleep(1000);
            continue;
        }
        tries = 0;
        log_peer(&peer, size);
        struct iovec in[2] = {{head, sizeof head}, {tail, sizeof tail}};
        while (echo_some(fd, in)) {
        }
        close(fd);
    }
}
