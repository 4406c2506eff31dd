// Threads find the number of their descriptor in a pipe, whoever comes first takes the first, and ask
// for the address by getpeername. Places are an atomic number.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int numbers[2];
static atomic_uint served;

static void *serve(void *unused)
{
    int fd;
    struct sockaddr_in peer = {.sin_family = AF_INET};
    socklen_t size = sizeof peer;
    char data[8192], name[INET_ADDRSTRLEN];
    ssize_t n, sent;

    if (read(numbers[0], &fd, sizeof fd) != sizeof fd)
        abort();
    // Of a client that has gone already nothing is known any more.
    if (getpeername(fd, (struct sockaddr *)&peer, &size) == 0)
        dprintf(STDOUT_FILENO, "%s:%u\n", inet_ntop(AF_INET, &peer.sin_addr, name, sizeof name),
                ntohs(peer.sin_port));
    while ((n = read(fd, data, sizeof data)) != 0) {
        if (n == -1 && errno == EINTR)
            continue;
        for (ssize_t at = 0; n > 0 && at < n; at += sent) {
            sent = write(fd, data + at, (size_t)(n - at));
            if (sent == -1 && errno == EINTR)
                sent = 0;
            else if (sent == -1)
                n = -1;
        }
        if (n == -1)
            break;
    }
    atomic_fetch_sub(&served, 1);
    close(fd);
    return unused;
}

static void let_in(int fd)
{
    pthread_t thread;
    int error;
    if (atomic_load(&served) >= 256) {
        fputs("no place\n", stderr);
    } else if ((error = pthread_create(&thread, NULL, serve, NULL)) != 0) {
        fprintf(stderr, "no thread: %s\n", strerror(error));
    } else {
        atomic_fetch_add(&served, 1);
        pthread_detach(thread);
        if (write(numbers[1], &fd, sizeof fd) != sizeof fd)
            abort();
        return;
    }
    close(fd);
}

static void accept_all(int lfd)
{
    int last_error = 0;
    for (;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd != -1) {
            last_error = 0;
            let_in(fd);
            continue;
        }
        switch (errno) {
        case EINTR:
        case ECONNABORTED:
            continue;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            if (last_error == 0)
                perror("accept");
            last_error = errno;
            usleep(250 * 1000);
            continue;
        default:
            perror("accept");
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    const int on = 1;
    char *rest = NULL;
    long port =
        argc == 2 && argv[1][0] >= '0' && argv[1][0] <= '9' ? strtol(argv[1], &rest, 10) : 0;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    int lfd = socket(AF_INET, SOCK_STREAM, 0);
    if (port < 1 || port > 65535 || *rest != '\0') {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 1;
    }
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&any, sizeof any) == -1 || listen(lfd, 16) == -1) {
        fprintf(stderr, "port %ld: %s\n", port, strerror(errno));
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    if (pipe(numbers) == -1) {
        perror("pipe");
        return 1;
    }
    accept_all(lfd);
}
