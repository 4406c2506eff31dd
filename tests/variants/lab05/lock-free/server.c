/*
 * server.c - a table without a lock: who compares and swaps an address into an empty row has claimed it.
 * The workers poll a listener that does not block, so all of them wake up for each client. The handler
 * of SIGCHLD reaps, and writes down who it was into a pipe; the parent reads that, and nothing else.
 * Who dies young is replaced later and later.
 */
#include "listener.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 64, ROWS = 1024, YOUNG_MS = 1000, FIRST_MS = 40, LONGEST_MS = 640 };

// Open addressing: the search for an address begins at its hash.
static struct {
    atomic_ullong clients, bytes;
    struct row {
        _Atomic in_addr_t address;
        atomic_ullong visits;
    } row[ROWS];
} * table;

static struct {
    pid_t pid;
    int64_t born, due;
    int pause;
} worker[WORKERS];

// What goes through the pipe.
struct event {
    int sig;
    pid_t pid;
    int status;
};

static int ends[2];

static int64_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// --- The table -------------------------------------------------------------------------------------

static struct row *claim(in_addr_t address)
{
    uint32_t at = (ntohl(address) * 2654435761U) >> 22;
    for (int tries = 0; tries < ROWS; tries++, at = (at + 1) % ROWS) {
        in_addr_t empty = 0;
        if (atomic_compare_exchange_strong(&table->row[at].address, &empty, address) ||
            empty == address)
            return &table->row[at];
    }
    return NULL;
}

static void print(void)
{
    dprintf(STDOUT_FILENO, "clients %llu bytes %llu, by %s\n", table->clients, table->bytes,
            "all workers");
    for (int i = 0; i < ROWS; i++) {
        char name[INET_ADDRSTRLEN];
        in_addr_t address = table->row[i].address;
        if (address != 0)
            dprintf(STDOUT_FILENO, "  %s: visits %llu\n",
                    inet_ntop(AF_INET, &address, name, sizeof name), table->row[i].visits);
    }
}

// --- A worker --------------------------------------------------------------------------------------

static void echo(int cfd)
{
    char block[8192];
    ssize_t n, m;
    for (;;) {
        while ((n = recv(cfd, block, sizeof block, 0)) == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        table->bytes += (unsigned long long)n;
        for (char *at = block; n > 0; at += m, n -= m)
            while ((m = send(cfd, at, (size_t)n, MSG_NOSIGNAL)) == -1)
                if (errno != EINTR)
                    return;
    }
}

static _Noreturn void work(int lfd)
{
    for (;;) {
        struct pollfd ready = {.fd = lfd, .events = POLLIN};
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        poll(&ready, 1, -1);
        int cfd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (cfd == -1 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
            continue;
        if (cfd == -1)
            err(EXIT_FAILURE, "accept");
        struct row *row = claim(peer.sin_addr.s_addr);
        table->clients++;
        if (row != NULL)
            row->visits++;
        echo(cfd);
        close(cfd);
    }
}

// --- The parent ------------------------------------------------------------------------------------

static void on_signal(int sig)
{
    int error = errno;
    struct event event = {.sig = sig};
    ssize_t done = 0;
    if (sig != SIGCHLD)
        done = write(ends[1], &event, sizeof event);
    else
        while ((event.pid = waitpid(-1, &event.status, WNOHANG)) > 0)
            done = write(ends[1], &event, sizeof event);
    if (done == -1 && sig != SIGUSR1)
        _exit(EXIT_FAILURE);
    errno = error;
}

static void handle(void (*handler)(int), int how)
{
    static const int numbers[] = {SIGCHLD, SIGUSR1, SIGTERM, SIGINT};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
    sigset_t all;
    sigemptyset(&all);
    for (int i = 0; i < 4; i++)
        sigaddset(&all, numbers[i]);
    action.sa_mask = all;
    for (int i = 0; i < 4; i++)
        sigaction(numbers[i], &action, NULL);
    sigprocmask(how, &all, NULL);
}

// The handlers wait until it is written down who was born.
static void give_birth(int i, int lfd)
{
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        close(ends[1]);
        handle(SIG_DFL, SIG_UNBLOCK);
        sigprocmask(SIG_SETMASK, &before, NULL);
        work(lfd);
    }
    worker[i].born = now_ms();
    if (pid > 0) {
        worker[i].pid = pid;
    } else {
        warn("fork");
        worker[i].due = worker[i].born + FIRST_MS;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void bury(const struct event *event)
{
    if (WIFSIGNALED(event->status))
        warnx("[%d] %s", (int)event->pid, strsignal(WTERMSIG(event->status)));
    else
        warnx("[%d] exit %d", (int)event->pid, WEXITSTATUS(event->status));
    for (int i = 0; i < WORKERS; i++) {
        if (worker[i].pid != event->pid)
            continue;
        int64_t now = now_ms();
        worker[i].pid = 0;
        if (now - worker[i].born >= YOUNG_MS)
            worker[i].pause = 0;
        worker[i].due = now + worker[i].pause;
        worker[i].pause = worker[i].pause == 0 ? FIRST_MS : worker[i].pause * 2;
        if (worker[i].pause > LONGEST_MS)
            worker[i].pause = LONGEST_MS;
    }
}

static int fill_cradles(int wanted, int lfd)
{
    int64_t soonest = INT_MAX;
    for (int i = 0; i < wanted; i++) {
        if (worker[i].pid == 0 && worker[i].due <= now_ms())
            give_birth(i, lfd);
        int64_t left = worker[i].due - now_ms();
        if (worker[i].pid == 0 && left < soonest)
            soonest = left < 0 ? 0 : left;
    }
    return soonest == INT_MAX ? -1 : (int)soonest;
}

static _Noreturn void end(int wanted)
{
    handle(SIG_DFL, SIG_BLOCK);
    for (int i = 0; i < wanted; i++)
        if (worker[i].pid > 0)
            kill(worker[i].pid, SIGTERM);
    while (wait(NULL) != -1)
        continue;
    exit(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
    char rest;
    int port, wanted;
    const char *call;
    if (argc != 3 || strspn(argv[1], "0123456789") != strlen(argv[1]) ||
        sscanf(argv[1], "%5d%c", &port, &rest) != 1 || port < 1 || port > 65535 ||
        sscanf(argv[2], "%3d%c", &wanted, &rest) != 1 || wanted < 1 || wanted > WORKERS)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    int lfd = open_listener((uint16_t)port, &call);
    if (lfd == -1)
        err(EXIT_FAILURE, "%s", call);
    fcntl(lfd, F_SETFL, fcntl(lfd, F_GETFL) | O_NONBLOCK);
    int zero = open("/dev/zero", O_RDWR);
    table = mmap(NULL, sizeof *table, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
    if (table == MAP_FAILED || close(zero) == -1 || pipe2(ends, O_NONBLOCK) == -1)
        err(EXIT_FAILURE, "/dev/zero and pipe");
    handle(on_signal, SIG_UNBLOCK);
    for (;;) {
        struct pollfd pipe_end = {.fd = ends[0], .events = POLLIN};
        struct event event;
        int ms = fill_cradles(wanted, lfd);
        if (poll(&pipe_end, 1, ms) < 1 || read(ends[0], &event, sizeof event) != sizeof event)
            continue;
        if (event.sig == SIGCHLD)
            bury(&event);
        else if (event.sig == SIGUSR1)
            print();
        else
            end(wanted);
    }
}
