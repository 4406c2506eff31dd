// The table is indexed by the descriptor, and a thread gets no more than that number as its argument.
// Each client has one line in the log, which is made with putc; a lock of its own holds it together.
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct entry {
    struct sockaddr_in from;
    unsigned long long bytes;
};

static struct entry *table;
static unsigned long long all_bytes;
static unsigned busy;
static pthread_rwlock_t guard = PTHREAD_RWLOCK_INITIALIZER;

static void say_who(const struct entry *entry)
{
    char text[INET_ADDRSTRLEN + 8], *c = text;
    inet_ntop(AF_INET, &entry->from.sin_addr, text, sizeof text);
    sprintf(text + strlen(text), ":%hu", ntohs(entry->from.sin_port));
    flockfile(stdout);
    for (fputs("client=", stdout); *c != '\0'; c++)
        putc(*c, stdout);
    putc('\n', stdout);
    fflush(stdout);
    funlockfile(stdout);
}

static void leave(int fd)
{
    pthread_rwlock_wrlock(&guard);
    busy--;
    all_bytes += table[fd].bytes;
    table[fd].bytes = 0;
    close(fd);
    pthread_rwlock_unlock(&guard);
}

static void *work(void *number)
{
    int fd = (int)(intptr_t)number;
    char small[509];
    pthread_detach(pthread_self());
    say_who(&table[fd]);
    for (;;) {
        ssize_t got = recvfrom(fd, small, sizeof small, 0, NULL, NULL), at = 0;
        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        while (at < got) {
            ssize_t put = sendto(fd, small + at, (size_t)(got - at), MSG_NOSIGNAL, NULL, 0);
            if (put == -1 && errno != EINTR)
                break;
            at += put > 0 ? put : 0;
        }
        if (at < got)
            break;
        table[fd].bytes += (unsigned long long)got;
    }
    leave(fd);
    pthread_exit(NULL);
}

static int refuse(int fd, const char *why)
{
    unsigned now;
    pthread_rwlock_rdlock(&guard);
    now = busy;
    pthread_rwlock_unlock(&guard);
    fprintf(stderr, "%s (%u clients)\n", why, now);
    return close(fd);
}

static void meet(int fd, struct sockaddr_in from)
{
    pthread_t thread;
    pthread_rwlock_wrlock(&guard);
    int full = busy == 256;
    if (!full) {
        busy++;
        table[fd].from = from;
    }
    pthread_rwlock_unlock(&guard);
    if (full) {
        refuse(fd, "full");
    } else if (pthread_create(&thread, NULL, work, (void *)(intptr_t)fd) != 0) {
        pthread_rwlock_wrlock(&guard);
        busy--;
        pthread_rwlock_unlock(&guard);
        refuse(fd, "no thread");
    }
}

static int listen_on(const char *text)
{
    unsigned short port = 0;
    int length = 0, fd = -1, yes = 1;
    if (sscanf(text, "%5[0-9]%n", (char[6]){0}, &length) == 1 && text[length] == '\0' &&
        strtoul(text, NULL, 10) - 1 < USHRT_MAX)
        port = (unsigned short)strtoul(text, NULL, 10);
    struct sockaddr_in here = {AF_INET, htons(port), {htonl(INADDR_LOOPBACK)}, {0}};
    if (port == 0)
        errno = EINVAL;
    else if ((fd = socket(AF_INET, SOCK_STREAM, 0)) != -1 &&
             (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1 ||
              bind(fd, (void *)&here, sizeof here) == -1 || listen(fd, 32) == -1))
        fd = -1;
    return fd;
}

int main(int argc, char *argv[])
{
    struct rlimit files;
    int listener = argc == 2 ? listen_on(argv[1]) : -1;
    if (argc != 2 || listener == -1) {
        perror(argc != 2 ? "usage: server PORT" : argv[1]);
        return 1;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    table = calloc(files.rlim_max, sizeof *table);
    signal(SIGPIPE, SIG_IGN);
    for (int errors = 0; table != NULL;) {
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        int fd = accept(listener, (void *)&from, &size);
        if (fd != -1) {
            errors = 0;
            meet(fd, from);
        } else if (errno != EINTR && errno != ECONNABORTED && errors++ == 0) {
            perror("accept");
        } else if (errors > 0) {
            clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){0, 400000000}, NULL);
        }
    }
    return 1;
}
