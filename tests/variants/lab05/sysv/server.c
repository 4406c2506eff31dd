/*
 * server.c - shared memory and a semaphore of System V. SEM_UNDO: what a process has taken from the
 * semaphore comes back when it ends, however that was. The parent reads one signal after the other from
 * a signalfd that it waits for in nothing but read(2); SIGALRM is one of them, and fills empty places.
 */
#include "address.h"
#include "io.h"
#include "listener.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 64, ADDRESSES = 64 };

static struct counts {
    unsigned long clients, bytes;
    atomic_ulong used;
    struct {
        struct in_addr address;
        unsigned long visits;
    } of[ADDRESSES];
} * counts;

static int semaphore = -1;
static pid_t pids[WORKERS];
static sigset_t signals;

// --- Shared ----------------------------------------------------------------------------------------

static void change(short by)
{
    struct sembuf operation = {.sem_num = 0, .sem_op = by, .sem_flg = SEM_UNDO};
    while (semop(semaphore, &operation, 1) == -1)
        if (errno != EINTR)
            err(EXIT_FAILURE, "semop");
}

static void add(size_t bytes)
{
    change(-1);
    counts->bytes += bytes;
    change(1);
}

static void greet(struct in_addr address)
{
    change(-1);
    unsigned long i = 0;
    while (i < counts->used && counts->of[i].address.s_addr != address.s_addr)
        i++;
    if (i < ADDRESSES) {
        counts->of[i].visits = i == counts->used ? 1 : counts->of[i].visits + 1;
        counts->of[i].address = address;
        counts->used += i == counts->used;
    }
    counts->clients++;
    change(1);
}

static void print(void)
{
    struct counts copy;
    change(-1);
    copy = *counts;
    change(1);
    printf("clients %lu bytes %lu\n", copy.clients, copy.bytes);
    while (copy.used-- > 0)
        printf("%s: visits %lu\n", inet_ntoa(copy.of[copy.used].address),
               copy.of[copy.used].visits);
    fflush(stdout);
}

static void share(void)
{
    int memory = shmget(IPC_PRIVATE, sizeof *counts, 0600);
    if (memory == -1)
        err(EXIT_FAILURE, "shmget");
    counts = shmat(memory, NULL, 0);
    shmctl(memory, IPC_RMID, NULL);
    if (counts == (void *)-1)
        err(EXIT_FAILURE, "shmat");
    semaphore = semget(IPC_PRIVATE, 1, 0600);
    // What is undone is added to what it is then, so 1 is not set, but given without SEM_UNDO.
    if (semaphore == -1 || semop(semaphore, &(struct sembuf){.sem_op = 1}, 1) == -1)
        err(EXIT_FAILURE, "semget");
}

// --- A worker --------------------------------------------------------------------------------------

static _Noreturn void work(int lfd, int sfd)
{
    close(sfd);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        struct sockaddr_in peer;
        char bytes[1 << 15];
        int cfd = accept_client(lfd, &peer);
        if (cfd == -1)
            err(EXIT_FAILURE, "accept");
        greet(peer.sin_addr);
        for (;;) {
            ssize_t n = read(cfd, bytes, sizeof bytes);
            if (n == -1 && errno == EINTR)
                continue;
            if (n < 1)
                break;
            add((size_t)n);
            if (write_all(cfd, bytes, (size_t)n) == -1)
                break;
        }
        close(cfd);
    }
}

// --- The parent ------------------------------------------------------------------------------------

// SIGALRM in 200 ms, unless it is on its way already.
static void wind_up(void)
{
    struct itimerval clock;
    getitimer(ITIMER_REAL, &clock);
    if (clock.it_value.tv_sec == 0 && clock.it_value.tv_usec == 0) {
        clock.it_value.tv_usec = 200 * 1000;
        setitimer(ITIMER_REAL, &clock, NULL);
    }
}

static void fill(int count, int lfd, int sfd)
{
    for (int i = 0; i < count; i++) {
        if (pids[i] > 0)
            continue;
        pids[i] = fork();
        if (pids[i] == 0)
            work(lfd, sfd);
        if (pids[i] == -1) {
            warn("worker %d", i);
            wind_up();
        }
    }
}

static void bury(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        fprintf(stderr, "pid %d: status %x\n", (int)pid, (unsigned)status);
        for (int i = 0; i < WORKERS; i++)
            if (pids[i] == pid)
                pids[i] = 0;
        wind_up();
    }
}

static _Noreturn void leave(int count, int status)
{
    for (int i = 0; i < count; i++)
        if (pids[i] > 0)
            kill(pids[i], SIGTERM);
    while (wait(NULL) > 0)
        continue;
    semctl(semaphore, 0, IPC_RMID);
    exit(status);
}

int main(int argc, char **argv)
{
    struct signalfd_siginfo info;
    uint16_t port, count;
    const char *call;
    if (argc != 3 || parse_port(argv[1], &port) || parse_port(argv[2], &count) || count > WORKERS)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGALRM);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int sfd = signalfd(-1, &signals, 0), lfd = open_listener(port, &call);
    if (sfd == -1 || lfd == -1)
        err(EXIT_FAILURE, "%s", lfd == -1 ? call : "signalfd");
    share();
    fill(count, lfd, sfd);
    while (read(sfd, &info, sizeof info) == sizeof info || errno == EINTR)
        switch (info.ssi_signo) {
        case SIGCHLD:
            bury();
            break;
        case SIGALRM:
            fill(count, lfd, sfd);
            break;
        case SIGUSR1:
            print();
            break;
        default:
            leave(count, EXIT_SUCCESS);
        }
    leave(count, EXIT_FAILURE);
}
