/*
 * lab05-holder.c - a process is killed while it holds a lock. What do those get that come after it?
 *
 * Usage: lab05-holder plain|robust|forgetful
 *
 *     child                        parent
 *     pthread_mutex_lock
 *     SIGKILL                      waits for its end, then tries to lock, twice
 *
 * The lock is in memory that both have, and it is made for several processes. A robust one notices
 * that its owner has died. `forgetful` is robust, too, but does not say that all is well again.
 */
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *kind;
static pthread_mutex_t *lock;

static void make_lock(void)
{
    lock = mmap(NULL, sizeof *lock, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (lock == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap");
    }
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (strcmp(kind, "plain") != 0) {
        pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    }
    pthread_mutex_init(lock, &attributes);
}

static void be_killed_with_it(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(lock);
        kill(getpid(), SIGKILL);
    }
    if (pid == -1 || waitpid(pid, NULL, 0) == -1) {
        err(EXIT_FAILURE, "no child");
    }
}

// Like pthread_mutex_lock, but gives up after half a second.
static void try_lock(const char *who)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_nsec += 500 * 1000 * 1000;
    limit.tv_sec += limit.tv_nsec / 1000000000;
    limit.tv_nsec %= 1000000000;
    int error = pthread_mutex_timedlock(lock, &limit);
    printf("%-7s %s\n", who, error == 0 ? "has the lock" : strerror(error));
    if (error == EOWNERDEAD && strcmp(kind, "robust") == 0) {
        error = pthread_mutex_consistent(lock);
    }
    if (error == 0 || error == EOWNERDEAD) {
        pthread_mutex_unlock(lock);
    }
}

int main(int argc, char *argv[])
{
    kind = argc == 2 ? argv[1] : "plain";
    make_lock();
    be_killed_with_it();
    try_lock("first:");
    try_lock("second:");
    return EXIT_SUCCESS;
}
