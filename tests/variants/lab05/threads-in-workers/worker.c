/*
 * worker.c - a worker has a thread for each of its clients, and may have many. But it takes a second one
 * only if no other worker is without a client: that, and the accept, is done under one lock.
 *
 * The listener does not block. All workers are told of a new client, once (EPOLLET), and look whether
 * it is theirs; they look again when they have taken one, or when one of theirs has ended.
 */
#include "shared.h"

#include "io.h"

#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct shared *all;
static int own, ended; // an eventfd

static void leave(void)
{
    lock_shared(all);
    all->clients[own]--;
    pthread_mutex_unlock(&all->lock);
    if (eventfd_write(ended, 1) == -1)
        err(EXIT_FAILURE, "eventfd");
}

static void *echo(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char data[10000];
    ssize_t n;
    while ((n = read(fd, data, sizeof data)) > 0 || (n == -1 && errno == EINTR)) {
        if (n == -1)
            continue;
        all->bytes += (unsigned long)n;
        if (write_all(fd, data, (size_t)n) == -1)
            break;
    }
    close(fd);
    leave();
    return NULL;
}

static bool is_mine(void)
{
    if (all->clients[own] == 0)
        return true;
    for (int i = 0; i < WORKERS_MAX; i++)
        if (all->clients[i] == 0)
            return false;
    return true;
}

static void note_visit(struct in_addr address)
{
    int i = 0;
    all->accepted++;
    while (i < all->names && all->name[i].address.s_addr != address.s_addr)
        i++;
    if (i == NAMES)
        return;
    all->name[i].address = address;
    if (i == all->names)
        all->names++;
    all->name[i].visits++;
}

// Returns a client that this worker is to serve, or -1.
static int take_client(int lfd)
{
    struct sockaddr_in peer;
    int fd = -1;
    lock_shared(all);
    while (fd == -1 && is_mine()) {
        socklen_t size = sizeof peer;
        fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd == -1 && errno == EAGAIN)
            break;
        if (fd == -1 && errno != EINTR && errno != ECONNABORTED)
            err(EXIT_FAILURE, "accept");
    }
    if (fd != -1) {
        all->clients[own]++;
        note_visit(peer.sin_addr);
    }
    pthread_mutex_unlock(&all->lock);
    return fd;
}

void work(struct shared *shared, int self, int lfd)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    pthread_attr_t how;
    all = shared;
    own = self;
    ended = eventfd(0, 0);
    int epfd = epoll_create1(0);
    if (ended == -1 || epfd == -1 || epoll_ctl(epfd, EPOLL_CTL_ADD, ended, &event) == -1 ||
        epoll_ctl(epfd, EPOLL_CTL_ADD, lfd, &event) == -1)
        err(EXIT_FAILURE, "epoll");
    pthread_attr_init(&how);
    pthread_attr_setdetachstate(&how, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&how, 128 * 1024);
    lock_shared(all);
    all->clients[own] = 0;
    pthread_mutex_unlock(&all->lock);
    for (;;) {
        for (int fd; (fd = take_client(lfd)) != -1;) {
            pthread_t thread;
            if (pthread_create(&thread, &how, echo, (void *)(intptr_t)fd) != 0) {
                warnx("no thread");
                close(fd);
                leave();
            }
        }
        epoll_wait(epfd, &event, 1, -1);
    }
}
