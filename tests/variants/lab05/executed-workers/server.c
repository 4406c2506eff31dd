/*
 * server.c - the workers are not only forked: posix_spawn(3) executes the program anew for each of them,
 * with the listener and a memfd as descriptors, whose numbers are its arguments. The lock is flock(2) on
 * the memfd, which each process has opened for itself: it ends with the process.
 */
#include "address.h"
#include "io.h"
#include "listener.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, VISITORS = 99, PAUSE_MS = 300 };

static const char worker_name[] = "echo-worker";

static struct {
    atomic_ullong clients, bytes;
    atomic_uint visitors;
    struct {
        in_addr_t from;
        unsigned long long visits;
    } visitor[VISITORS];
} * memory;

static int lock_fd;

// --- Both ------------------------------------------------------------------------------------------

// A description of its own, as the lock belongs to it; /proc has a way to any open file.
static void enter_memory(int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    lock_fd = open(path, O_RDWR | O_CLOEXEC);
    memory = mmap(NULL, sizeof *memory, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (lock_fd == -1 || memory == MAP_FAILED)
        err(EXIT_FAILURE, "memory");
}

static void lock(int operation)
{
    while (flock(lock_fd, operation) == -1)
        if (errno != EINTR)
            err(EXIT_FAILURE, "flock");
}

// --- A worker --------------------------------------------------------------------------------------

static void note(in_addr_t from)
{
    unsigned i = 0;
    lock(LOCK_EX);
    while (i < memory->visitors && memory->visitor[i].from != from)
        i++;
    if (i == memory->visitors && i < VISITORS) {
        memory->visitor[i].from = from;
        memory->visitor[i].visits = 0;
        memory->visitors++;
    }
    if (i < VISITORS)
        memory->visitor[i].visits++;
    lock(LOCK_UN);
}

static int work(int lfd, int memfd)
{
    struct sockaddr_in peer;
    char text[7777];
    signal(SIGPIPE, SIG_IGN);
    enter_memory(memfd);
    for (;;) {
        int cfd = accept_client(lfd, &peer);
        if (cfd == -1)
            err(EXIT_FAILURE, "accept");
        memory->clients++;
        note(peer.sin_addr.s_addr);
        for (ssize_t n; (n = read(cfd, text, sizeof text)) != 0;) {
            if (n == -1 && errno == EINTR)
                continue;
            if (n == -1)
                break;
            memory->bytes += (unsigned long long)n;
            if (write_all(cfd, text, (size_t)n) == -1)
                break;
        }
        close(cfd);
    }
}

// --- The parent ------------------------------------------------------------------------------------

static pid_t pids[MOST];
static sigset_t signals;

static void start(int i, const char *program, int lfd, int memfd)
{
    char listener[16], memory_text[16];
    char *const arguments[] = {(char *)worker_name, listener, memory_text, NULL};
    posix_spawnattr_t how;
    sigset_t none;
    snprintf(listener, sizeof listener, "%d", lfd);
    snprintf(memory_text, sizeof memory_text, "%d", memfd);
    sigemptyset(&none);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&how, &none);
    int error = posix_spawnp(&pids[i], program, NULL, &how, arguments, environ);
    posix_spawnattr_destroy(&how);
    if (error != 0) {
        pids[i] = 0;
        warnx("posix_spawn: %s", strerror(error));
    }
}

static void reap(void)
{
    int status;
    for (int i = 0; i < MOST; i++)
        if (pids[i] != 0 && waitpid(pids[i], &status, WNOHANG) > 0) {
            warnx("worker %d has ended: %s %d", (int)pids[i],
                  WIFEXITED(status) ? "status" : "signal",
                  WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
            pids[i] = 0;
        }
}

static void print(void)
{
    lock(LOCK_SH);
    printf("clients %llu bytes %llu\n", memory->clients, memory->bytes);
    for (unsigned i = 0; i < memory->visitors; i++)
        printf("%s: visits %llu\n", inet_ntoa((struct in_addr){memory->visitor[i].from}),
               memory->visitor[i].visits);
    lock(LOCK_UN);
    fflush(stdout);
}

static _Noreturn void end(int count)
{
    for (int i = 0; i < count; i++)
        if (pids[i] != 0)
            kill(pids[i], SIGTERM);
    for (int i = 0; i < count; i++)
        if (pids[i] != 0)
            waitpid(pids[i], NULL, 0);
    exit(EXIT_SUCCESS);
}

// Returns the signal; or 0 when the time has come to look for empty places.
static int take(int count)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    int empty = 0, sig;
    for (int i = 0; i < count; i++)
        empty += pids[i] == 0;
    sig = empty == 0 ? sigwaitinfo(&signals, NULL) : sigtimedwait(&signals, NULL, &pause);
    return sig == -1 ? 0 : sig;
}

int main(int argc, char *argv[])
{
    uint16_t port, count;
    const char *call;
    if (argc == 3 && strcmp(argv[0], worker_name) == 0)
        return work(atoi(argv[1]), atoi(argv[2]));
    if (argc != 3 || parse_port(argv[1], &port) == -1 || parse_port(argv[2], &count) == -1 ||
        count > MOST)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    int lfd = open_listener(port, &call);
    if (lfd == -1)
        err(EXIT_FAILURE, "%s", call);
    int memfd = memfd_create("statistics", 0);
    if (memfd == -1 || ftruncate(memfd, sizeof *memory) == -1)
        err(EXIT_FAILURE, "memfd_create");
    enter_memory(memfd);
    for (int sig = 0;; sig = take(count)) {
        if (sig == SIGTERM || sig == SIGINT)
            end(count);
        if (sig == SIGUSR1)
            print();
        if (sig == SIGCHLD)
            reap();
        for (int i = 0; i < count && sig == 0; i++)
            if (pids[i] == 0)
                start(i, argv[0], lfd, memfd);
    }
}
