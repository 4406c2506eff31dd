// main is an event loop: epoll with the listener (edge-triggered), signals as a descriptor, a timer
// for the time without room, and a pipe on which threads report their end, to be joined.
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MOST = 256 };

static struct work {
    pthread_t thread;
    int fd;
    struct sockaddr_storage peer;
    struct work *next_free;
} works[MOST], *free_works;

static int lfd, sfd, tfd, epfd, ended[2];
static bool no_room;

static void *serve(void *argument)
{
    struct work *work = argument;
    struct sockaddr_in *peer = (struct sockaddr_in *)&work->peer;
    char text[INET_ADDRSTRLEN], *data = NULL;
    int waiting = 0;
    ssize_t n;

    flockfile(stdout);
    printf("%s:", inet_ntop(AF_INET, &peer->sin_addr, text, sizeof text));
    printf("%d has come\n", ntohs(peer->sin_port));
    funlockfile(stdout);
    // As many bytes as there are, in a block that is just large enough.
    while ((n = recv(work->fd, &(char){0}, 1, MSG_PEEK)) != 0) {
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 || ioctl(work->fd, FIONREAD, &waiting) == -1)
            break;
        char *more = realloc(data, (size_t)waiting);
        if (more == NULL)
            break;
        data = more;
        do
            n = read(work->fd, data, (size_t)waiting);
        while (n == -1 && errno == EINTR);
        ssize_t sent = 0, done = 0;
        while (done < n && (sent = write(work->fd, data + done, (size_t)(n - done))) != 0) {
            if (sent == -1 && errno != EINTR)
                break;
            done += sent > 0 ? sent : 0;
        }
        if (n <= 0 || done < n)
            break;
    }
    free(data);
    // The descriptor is closed last: by then main can know.
    int fd = work->fd;
    if (write(ended[1], &work, sizeof work) == -1)
        abort();
    close(fd);
    return NULL;
}

static void join_ended(void)
{
    struct work *work;
    while (read(ended[0], &work, sizeof work) == sizeof work) {
        pthread_join(work->thread, NULL);
        work->next_free = free_works;
        free_works = work;
    }
}

static void let_in(int fd, const struct sockaddr_storage *peer)
{
    join_ended();
    struct work *work = free_works;
    int error = EBUSY;
    if (work != NULL) {
        work->fd = fd;
        work->peer = *peer;
        free_works = work->next_free;
        error = pthread_create(&work->thread, NULL, serve, work);
    }
    if (error == 0)
        return;
    warnx("a client is sent away: %s", strerror(error));
    if (work != NULL)
        free_works = work;
    close(fd);
}

static void set_timer(long ms)
{
    struct itimerspec when = {.it_value = {.tv_nsec = ms * 1000 * 1000}};
    timerfd_settime(tfd, 0, &when, NULL);
}

static void accept_some(void)
{
    for (;;) {
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd != -1) {
            no_room = false;
            let_in(fd, &peer);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED)
            continue;
        if (errno == EAGAIN)
            return;
        if (!no_room)
            warn("accept4");
        no_room = true;
        set_timer(333);
        return;
    }
}

static void add(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) == -1)
        err(1, "epoll_ctl");
}

static void set_up(const char *port)
{
    sigset_t set;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((in_port_t)atoi(port))};
    const int on = 1;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    sigdelset(&set, SIGPIPE);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    lfd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        bind(lfd, (struct sockaddr *)&any, sizeof any) == -1 || listen(lfd, SOMAXCONN) == -1)
        err(1, "port %s", port);
    for (int i = 0; i < MOST; i++)
        works[i].next_free = i > 0 ? &works[i - 1] : NULL;
    free_works = &works[MOST - 1];
    epfd = epoll_create1(EPOLL_CLOEXEC);
    sfd = signalfd(-1, &set, SFD_CLOEXEC);
    tfd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (pipe(ended) == -1 || ioctl(ended[0], FIONBIO, &on) == -1)
        err(1, "pipe");
    add(lfd, EPOLLIN | EPOLLET);
    add(sfd, EPOLLIN);
    add(tfd, EPOLLIN);
    add(ended[0], EPOLLIN);
}

int main(int argc, char **argv)
{
    struct epoll_event event;
    size_t digits = argc == 2 ? strspn(argv[1], "0123456789") : 0;
    if (digits == 0 || digits > 5 || argv[1][digits] != '\0' || atoi(argv[1]) < 1 ||
        atoi(argv[1]) > 65535)
        errx(1, "usage: server PORT");
    set_up(argv[1]);
    for (;;) {
        if (epoll_wait(epfd, &event, 1, -1) == -1)
            continue;
        if (event.data.fd == sfd)
            return 0;
        if (event.data.fd == ended[0]) {
            join_ended();
        } else {
            uint64_t times;
            if (event.data.fd == tfd && read(tfd, &times, sizeof times) == -1)
                continue;
            accept_some();
        }
    }
}
