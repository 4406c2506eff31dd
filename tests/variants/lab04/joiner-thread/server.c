// A thread that has ended puts itself on a list, and the joiner takes it from there.
#include "address.h"
#include "echo.h"
#include "listener.h"

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 256 };

struct client {
    pthread_t thread;
    int cfd;
    char name[ADDRESS_TEXT_SIZE];
    struct client *next;
};

static struct client table[MOST], *unused, *ended;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t someone_ended = PTHREAD_COND_INITIALIZER, room = PTHREAD_COND_INITIALIZER;

static void push(struct client **list, struct client *client, pthread_cond_t *news)
{
    pthread_mutex_lock(&lock);
    client->next = *list;
    *list = client;
    pthread_cond_signal(news);
    pthread_mutex_unlock(&lock);
}

static void *join_all(void *nothing)
{
    pthread_mutex_lock(&lock);
    for (;;) {
        while (ended == NULL) {
            pthread_cond_wait(&someone_ended, &lock);
        }
        struct client *client = ended;
        ended = client->next;
        pthread_mutex_unlock(&lock);

        pthread_join(client->thread, NULL);
        int cfd = client->cfd;
        push(&unused, client, &room);
        close(cfd);
        pthread_mutex_lock(&lock);
    }
    return nothing;
}

static void *serve(void *argument)
{
    struct client *client = argument;
    flockfile(stdout);
    printf("client %s\n", client->name);
    fflush(stdout);
    funlockfile(stdout);
    if (echo_until_end(client->cfd) == -1) {
        warn("%s", client->name);
    }
    push(&ended, client, &someone_ended);
    return NULL;
}

// Waits until somebody has gone, but not for long: the trouble may come from outside.
static void wait_for_room(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 200000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&lock);
    pthread_cond_timedwait(&room, &lock, &until);
    pthread_mutex_unlock(&lock);
}

static void let_in(int cfd, const struct sockaddr_in *peer)
{
    pthread_mutex_lock(&lock);
    struct client *client = unused;
    unused = client != NULL ? client->next : NULL;
    pthread_mutex_unlock(&lock);
    if (client == NULL) {
        warnx("full");
        close(cfd);
        return;
    }
    // The thread's number must be there before anybody can look for it.
    pthread_mutex_lock(&lock);
    client->cfd = cfd;
    format_address(peer, client->name, sizeof client->name);
    errno = pthread_create(&client->thread, NULL, serve, client);
    pthread_mutex_unlock(&lock);
    if (errno != 0) {
        warn("pthread_create");
        push(&unused, client, &room);
        close(cfd);
    }
}

int main(int argc, char *argv[])
{
    uint16_t port;
    const char *call;
    pthread_t joiner;
    bool warned = false;

    if (argc != 2 || parse_port(argv[1], &port) == -1) {
        errx(1, "usage: server PORT");
    }
    for (size_t i = 0; i < MOST; i++) {
        table[i].next = unused;
        unused = &table[i];
    }
    signal(SIGPIPE, SIG_IGN);
    if ((errno = pthread_create(&joiner, NULL, join_all, NULL)) != 0) {
        err(1, "pthread_create");
    }
    int lfd = open_listener(port, &call);
    if (lfd == -1) {
        err(1, "%s", call);
    }
    for (;;) {
        struct sockaddr_in peer;
        int cfd = accept_client(lfd, &peer);
        if (cfd == -1) {
            if (!warned) {
                warn("accept");
            }
            warned = true;
            wait_for_room();
            continue;
        }
        warned = false;
        let_in(cfd, &peer);
    }
}
