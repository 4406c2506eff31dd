// Two threads: one carries stdin to the server, the first one carries the server to stdout.
// Addresses are made by hand.
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_v4(struct in_addr ip, unsigned port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = ip};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        int e = errno;
        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

static int connect_v6(struct in6_addr ip, unsigned port)
{
    struct sockaddr_in6 to = {
        .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port), .sin6_addr = ip};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        int e = errno;
        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

static int connect_name(const char *name, unsigned port)
{
    static const int families[] = {AF_INET, AF_INET6};
    int found = 0, fd = -1;
    for (int f = 0; f < 2 && fd < 0; f++) {
        struct hostent *host = gethostbyname2(name, families[f]);
        for (int i = 0; host != NULL && host->h_addr_list[i] != NULL && fd < 0; i++) {
            struct in_addr four;
            struct in6_addr six;
            found = 1;
            if (families[f] == AF_INET) {
                memcpy(&four, host->h_addr_list[i], sizeof four);
                fd = connect_v4(four, port);
            } else {
                memcpy(&six, host->h_addr_list[i], sizeof six);
                fd = connect_v6(six, port);
            }
        }
    }
    if (!found)
        errx(EXIT_FAILURE, "%s: %s", name, gai_strerror(EAI_NONAME));
    return fd;
}

static void carry(int from, int to, const char *what)
{
    char *data = malloc(1 << 20);
    ssize_t n;
    if (data == NULL)
        err(EXIT_FAILURE, "malloc");
    while ((n = read(from, data, 1 << 20)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            err(EXIT_FAILURE, "%s", what);
        for (ssize_t done = 0; done < n;) {
            ssize_t m = write(to, data + done, (size_t)(n - done));
            if (m < 0 && errno == EINTR)
                continue;
            if (m < 0)
                err(EXIT_FAILURE, "%s", what);
            done += m;
        }
    }
    free(data);
}

static int server;

static void *carry_up(void *arg)
{
    carry(STDIN_FILENO, server, "to the server");
    shutdown(server, SHUT_WR);
    return arg;
}

int main(int argc, char **argv)
{
    char *end = NULL;
    unsigned long port =
        argc == 3 && argv[2][0] >= '0' && argv[2][0] <= '9' ? strtoul(argv[2], &end, 10) : 0;
    if (port < 1 || port > 65535 || *end != '\0')
        errx(EXIT_FAILURE, "usage: client HOST PORT");
    signal(SIGPIPE, SIG_IGN);

    struct in_addr four;
    struct in6_addr six;
    // inet_aton knows the short form, which inet_pton does not.
    if (inet_aton(argv[1], &four))
        server = connect_v4(four, (unsigned)port);
    else if (inet_pton(AF_INET6, argv[1], &six) == 1)
        server = connect_v6(six, (unsigned)port);
    else
        server = connect_name(argv[1], (unsigned)port);
    if (server < 0)
        err(EXIT_FAILURE, "%s", argv[1]);

    pthread_t up;
    int e = pthread_create(&up, NULL, carry_up, NULL);
    if (e != 0)
        errx(EXIT_FAILURE, "pthread_create: %s", strerror(e));
    pthread_detach(up);
    carry(server, STDOUT_FILENO, "from the server");
    exit(EXIT_SUCCESS);
}
