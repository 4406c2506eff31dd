/*
 * server.c - in the parent there is a thread for each place: it forks a worker, waits for its end, tells
 * of it, and after a while forks the next one. main waits for signals in sigwait(3). The workers have
 * one thread each, and lock with pthread_mutex_timedlock(3), again and again until they have it.
 */
#include "address.h"
#include "io.h"
#include "listener.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PLACES = 64, GUESTS = 70, PAUSE_MS = 125 };

static struct book {
    pthread_mutex_t mutex;
    unsigned long clients, bytes;
    atomic_size_t guests;
    struct {
        struct in_addr address;
        unsigned long visits;
    } guest[GUESTS];
} * book;

static struct place {
    pthread_t thread;
    pid_t pid;
} places[PLACES];

// Of the parent's threads.
static pthread_mutex_t office = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t closing_time;
static bool closing;
static int lfd;
static sigset_t signals;

// --- The book --------------------------------------------------------------------------------------

static struct timespec later(clockid_t clock, long ms)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void open_book(void)
{
    int error;
    do {
        struct timespec limit = later(CLOCK_REALTIME, 50);
        error = pthread_mutex_timedlock(&book->mutex, &limit);
    } while (error == ETIMEDOUT);
    if (error == EOWNERDEAD)
        error = pthread_mutex_consistent(&book->mutex);
    if (error != 0) {
        dprintf(STDERR_FILENO, "the book is lost: %s\n", strerror(error));
        _exit(EXIT_FAILURE);
    }
}

static void close_book(void)
{
    pthread_mutex_unlock(&book->mutex);
}

static void make_book(void)
{
    pthread_mutexattr_t attributes;
    book = mmap(NULL, sizeof *book, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_SHARED, -1, 0);
    if (book == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&book->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

static void enter_guest(struct in_addr address)
{
    size_t i = 0;
    open_book();
    book->clients++;
    while (i < book->guests && book->guest[i].address.s_addr != address.s_addr)
        i++;
    if (i == book->guests && i < GUESTS) {
        book->guest[i].address = address;
        book->guest[i].visits = 1;
        book->guests++;
    } else if (i < GUESTS) {
        book->guest[i].visits++;
    }
    close_book();
}

static void read_out(void)
{
    open_book();
    struct book copy = *book;
    close_book();
    printf("clients %lu bytes %lu\n", copy.clients, copy.bytes);
    for (size_t i = 0; i < copy.guests; i++)
        printf("%s: visits %lu\n", inet_ntoa(copy.guest[i].address), copy.guest[i].visits);
    fflush(stdout);
}

// --- A worker --------------------------------------------------------------------------------------

static _Noreturn void work(void)
{
    struct sockaddr_in guest;
    char dish[1024];
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    for (int cfd; (cfd = accept_client(lfd, &guest)) != -1; close(cfd)) {
        ssize_t n;
        enter_guest(guest.sin_addr);
        while ((n = read(cfd, dish, sizeof dish)) > 0 || (n == -1 && errno == EINTR)) {
            if (n == -1)
                continue;
            open_book();
            book->bytes += (unsigned long)n;
            close_book();
            if (write_all(cfd, dish, (size_t)n) != n)
                break;
        }
    }
    dprintf(STDERR_FILENO, "accept: %s\n", strerror(errno));
    _exit(EXIT_FAILURE);
}

// --- The parent ------------------------------------------------------------------------------------

// With the office's mutex. Returns at closing time or when the pause is over.
static void pause_a_little(void)
{
    struct timespec limit = later(CLOCK_MONOTONIC, PAUSE_MS);
    while (!closing && pthread_cond_timedwait(&closing_time, &office, &limit) != ETIMEDOUT)
        continue;
}

// With the office's mutex, but for the time of waiting. The pid is nobody else's until it is reaped.
static void see_through(struct place *place)
{
    siginfo_t end;
    pthread_mutex_unlock(&office);
    while (waitid(P_PID, (id_t)place->pid, &end, WEXITED | WNOWAIT) == -1 && errno == EINTR)
        continue;
    pthread_mutex_lock(&office);
    waitpid(place->pid, NULL, 0);
    if (!closing)
        dprintf(STDERR_FILENO, "worker %d: %s %d\n", (int)place->pid,
                end.si_code == CLD_EXITED ? "exit" : "signal", end.si_status);
    place->pid = 0;
}

static void *keep_filled(void *argument)
{
    struct place *place = argument;
    pthread_mutex_lock(&office);
    while (!closing) {
        pid_t pid = fork();
        if (pid == 0)
            work();
        if (pid == -1) {
            dprintf(STDERR_FILENO, "fork: %s\n", strerror(errno));
        } else {
            place->pid = pid;
            see_through(place);
        }
        pause_a_little();
    }
    pthread_mutex_unlock(&office);
    return NULL;
}

static void open_office(int count)
{
    pthread_attr_t small;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&closing_time, &monotonic);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 256 * 1024);
    for (int i = 0; i < count; i++)
        if ((errno = pthread_create(&places[i].thread, &small, keep_filled, &places[i])) != 0)
            err(EXIT_FAILURE, "pthread_create");
    pthread_attr_destroy(&small);
}

static void close_office(int count)
{
    pthread_mutex_lock(&office);
    closing = true;
    for (int i = 0; i < count; i++)
        if (places[i].pid != 0)
            kill(places[i].pid, SIGTERM);
    pthread_cond_broadcast(&closing_time);
    pthread_mutex_unlock(&office);
    for (int i = 0; i < count; i++)
        pthread_join(places[i].thread, NULL);
}

int main(int argc, char *argv[])
{
    uint16_t port, count;
    const char *call;
    int sig;
    if (argc != 3 || parse_port(argv[1], &port) || parse_port(argv[2], &count) || count > PLACES)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    if ((lfd = open_listener(port, &call)) == -1)
        err(EXIT_FAILURE, "%s", call);
    make_book();
    open_office(count);
    while (sigwait(&signals, &sig) == 0 && sig == SIGUSR1)
        read_out();
    close_office(count);
    return EXIT_SUCCESS;
}
