// Only one thread writes: all others put their lines into a queue. Much is told on stderr too.
// A thread polls its client, which never blocks, and keeps what it owes in a ring.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { RING = 1 << 15, MOST = 256 };

struct line {
    struct line *next;
    int to;
    char text[100];
};

static struct line *first_line, **last_line = &first_line;
static pthread_mutex_t lines_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t line_came = PTHREAD_COND_INITIALIZER;
static atomic_int served;

static void put_line(int to, const char *what, const char *who)
{
    struct line *line = malloc(sizeof *line);
    if (line == NULL)
        return;
    line->to = to;
    line->next = NULL;
    snprintf(line->text, sizeof line->text, "%s %s\n", what, who);
    pthread_mutex_lock(&lines_lock);
    *last_line = line;
    last_line = &line->next;
    pthread_cond_signal(&line_came);
    pthread_mutex_unlock(&lines_lock);
}

static void *write_lines(void *arg)
{
    for (;;) {
        pthread_mutex_lock(&lines_lock);
        while (first_line == NULL)
            pthread_cond_wait(&line_came, &lines_lock);
        struct line *line = first_line;
        first_line = line->next;
        if (first_line == NULL)
            last_line = &first_line;
        pthread_mutex_unlock(&lines_lock);
        if (write(line->to, line->text, strlen(line->text)) == -1)
            free(arg); // is NULL: what can't be said is lost
        free(line);
    }
    return NULL;
}

struct client {
    int fd;
    bool ended;
    size_t head, tail; // bytes that came and went
    char name[32], ring[RING];
};

// One part of the ring that begins at `at` and holds at most `size`.
static struct iovec part_of(struct client *c, size_t at, size_t size)
{
    size_t start = at % RING;
    return (struct iovec){c->ring + start, size < RING - start ? size : RING - start};
}

static bool passed(void)
{
    return errno == EAGAIN || errno == EINTR;
}

// Returns false when it is over.
static bool move_bytes(struct client *c)
{
    size_t held = c->head - c->tail;
    struct pollfd ready = {.fd = c->fd};
    ready.events = (short)((!c->ended && held < RING ? POLLIN : 0) | (held > 0 ? POLLOUT : 0));
    if (ready.events == 0)
        return false;
    if (poll(&ready, 1, -1) == -1)
        return passed();
    if ((ready.events & POLLIN) != 0) {
        struct iovec room = part_of(c, c->head, RING - held);
        ssize_t n = read(c->fd, room.iov_base, room.iov_len);
        if (n == -1 && !passed())
            return false;
        c->ended = n == 0;
        c->head += n > 0 ? (size_t)n : 0;
    }
    struct iovec owed = part_of(c, c->tail, c->head - c->tail);
    ssize_t n = owed.iov_len > 0 ? send(c->fd, owed.iov_base, owed.iov_len, MSG_NOSIGNAL) : 0;
    if (n == -1 && !passed())
        return false;
    c->tail += n > 0 ? (size_t)n : 0;
    return true;
}

static void *serve(void *arg)
{
    struct client *c = arg;
    put_line(STDOUT_FILENO, "serving", c->name);
    put_line(STDERR_FILENO, "debug: here is", c->name);
    while (move_bytes(c))
        ;
    put_line(STDERR_FILENO, "debug: there goes", c->name);
    int fd = c->fd;
    free(c);
    served--;
    close(fd);
    return NULL;
}

static bool let_in(int fd, const struct sockaddr_in *peer, const pthread_attr_t *how)
{
    struct client *c = served < MOST ? calloc(1, sizeof *c) : NULL;
    pthread_t thread;
    if (c == NULL)
        return false;
    c->fd = fd;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    const uint8_t *ip = (const uint8_t *)&peer->sin_addr;
    snprintf(c->name, sizeof c->name, "%d.%d.%d.%d:%d", ip[0], ip[1], ip[2], ip[3],
             ntohs(peer->sin_port));
    served++;
    if (pthread_create(&thread, how, serve, c) == 0)
        return true;
    served--;
    free(c);
    return false;
}

static void accept_all(int lfd)
{
    pthread_attr_t how;
    bool told = false;
    pthread_attr_init(&how);
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&how, 64 * 1024);
    for (;;) {
        struct sockaddr_in peer;
        int fd = accept(lfd, (struct sockaddr *)&peer, &(socklen_t){sizeof peer});
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd == -1) {
            if (!told)
                put_line(STDERR_FILENO, "accept:", strerror(errno));
            nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
        } else if (!let_in(fd, &peer, &how)) {
            put_line(STDERR_FILENO, "error:", "one client more than can be served");
            close(fd);
        }
        told = fd == -1;
    }
}

int main(int argc, char **argv)
{
    unsigned port = 0;
    const char *digit = argc == 2 ? argv[1] : "?";
    pthread_t writer;
    for (; *digit >= '0' && *digit <= '9' && port < 65536; digit++)
        port = port * 10 + (unsigned)(*digit - '0');
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int lfd = socket(PF_INET, SOCK_STREAM, IPPROTO_TCP);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (*digit != '\0' || port == 0 || port > 65535 ||
        bind(lfd, (struct sockaddr *)&any, sizeof any) != 0 || listen(lfd, 128) != 0 ||
        pthread_create(&writer, NULL, write_lines, NULL) != 0) {
        fprintf(stderr, "usage: server PORT, which must be free\n");
        exit(EXIT_FAILURE);
    }
    accept_all(lfd);
}
