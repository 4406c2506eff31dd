// Bytes go from descriptor to descriptor inside the kernel, through a pipe for each way. What
// cannot be spliced (a terminal, /dev/null) is read and written.
#include "address.h"
#include "connect.h"
#include "io.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t move_some(int from, int to, int tube[2])
{
    ssize_t n = splice(from, NULL, tube[1], NULL, 1 << 16, SPLICE_F_MOVE);
    if (n == -1 && errno == EINVAL) {
        char data[4096];
        n = read(from, data, sizeof data);
        return n > 0 ? write_all(to, data, (size_t)n) : n;
    }
    for (ssize_t left = n; left > 0;) {
        ssize_t m = splice(tube[0], NULL, to, NULL, (size_t)left, SPLICE_F_MOVE);
        if (m == -1 && errno == EINVAL) {
            char data[4096];
            m = read(tube[0], data, left < 4096 ? (size_t)left : sizeof data);
            m = m > 0 ? write_all(to, data, (size_t)m) : m;
        }
        if (m == -1)
            return -1;
        left -= m;
    }
    return n;
}

static void carry(int from, int to)
{
    int tube[2];
    ssize_t n;
    if (pipe(tube) == -1)
        err(1, "pipe");
    while ((n = move_some(from, to, tube)) > 0)
        ;
    if (n == -1)
        err(1, "%s", from == STDIN_FILENO ? "to the server" : "from the server");
    close(tube[0]);
    close(tube[1]);
}

static void *up(void *arg)
{
    int sock = *(int *)arg;
    carry(STDIN_FILENO, sock);
    shutdown(sock, SHUT_WR);
    return NULL;
}

int main(int argc, char *argv[])
{
    uint16_t port;
    int lookup;
    if (argc != 3 || parse_port(argv[2], &port) == -1)
        errx(1, "usage: client HOST PORT");
    int sock = connect_to(argv[1], argv[2], &lookup);
    if (sock == -1)
        errx(1, "%s: %s", argv[1], lookup != 0 ? gai_strerror(lookup) : strerror(errno));
    signal(SIGPIPE, SIG_IGN);
    pthread_t thread;
    if (pthread_create(&thread, NULL, up, &sock) != 0)
        errx(1, "no thread");
    carry(sock, STDOUT_FILENO);
    return 0;
}
