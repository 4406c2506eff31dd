// parent.c - starts the workers, and waits for signals. A worker may have many clients: see worker.c.
#include "address.h"
#include "listener.h"
#include "shared.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t pids[WORKERS_MAX];
static struct shared *shared;

void lock_shared(struct shared *with)
{
    int error = pthread_mutex_lock(&with->lock);
    if (error == EOWNERDEAD)
        error = pthread_mutex_consistent(&with->lock);
    if (error != 0)
        errx(EXIT_FAILURE, "lock: %s", strerror(error));
}

static void make_shared(int count)
{
    pthread_mutexattr_t robust;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    for (int i = 0; i < WORKERS_MAX; i++)
        shared->clients[i] = i < count ? 0 : -1;
    pthread_mutexattr_init(&robust);
    pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&shared->lock, &robust);
}

static void print(void)
{
    static struct shared copy;
    lock_shared(shared);
    memcpy(copy.name, shared->name, sizeof copy.name);
    unsigned long accepted = shared->accepted;
    int names = shared->names;
    pthread_mutex_unlock(&shared->lock);
    printf("clients %lu bytes %lu\n", accepted, shared->bytes);
    for (int i = 0; i < names; i++)
        printf("%s: visits %lu\n", inet_ntoa(copy.name[i].address), copy.name[i].visits);
    fflush(stdout);
}

// A worker that is still to come has no client, and clients wait for it.
static void set_clients(int place, int clients)
{
    lock_shared(shared);
    shared->clients[place] = clients;
    pthread_mutex_unlock(&shared->lock);
}

static bool fill(int count, int lfd, const sigset_t *signals)
{
    bool full = true;
    for (int i = 0; i < count; i++) {
        if (pids[i] > 0)
            continue;
        pids[i] = fork();
        if (pids[i] == 0) {
            sigprocmask(SIG_UNBLOCK, signals, NULL);
            work(shared, i, lfd);
        }
        if (pids[i] == -1) {
            warn("fork");
            set_clients(i, -1);
        }
        full = full && pids[i] != -1;
    }
    return full;
}

static bool reap(void)
{
    bool any = false;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0; any = true) {
        psignal(WIFSIGNALED(status) ? WTERMSIG(status) : SIGCHLD, "worker");
        for (int i = 0; i < WORKERS_MAX; i++)
            if (pids[i] == pid) {
                pids[i] = 0;
                set_clients(i, 0);
            }
    }
    return any;
}

int main(int argc, char **argv)
{
    uint16_t port, count;
    const char *call;
    if (argc != 3 || parse_port(argv[1], &port) == -1 || parse_port(argv[2], &count) == -1 ||
        count > WORKERS_MAX)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    int lfd = open_listener(port, &call);
    if (lfd == -1)
        err(EXIT_FAILURE, "%s", call);
    fcntl(lfd, F_SETFL, O_NONBLOCK);
    make_shared(count);

    // A tenth of a second and more lies between two times that places are filled.
    bool full = fill(count, lfd, &signals);
    for (int sig = 0; sig != SIGTERM && sig != SIGINT;) {
        struct timespec soon = {.tv_nsec = 130 * 1000 * 1000};
        sig = full ? sigwaitinfo(&signals, NULL) : sigtimedwait(&signals, NULL, &soon);
        if (sig == SIGCHLD && reap())
            full = false;
        else if (sig == SIGUSR1)
            print();
        else if (sig == -1 && errno == EAGAIN)
            full = fill(count, lfd, &signals);
    }
    for (int i = 0; i < count; i++)
        if (pids[i] > 0)
            kill(pids[i], SIGTERM);
    while (wait(NULL) > 0)
        continue;
    return EXIT_SUCCESS;
}
