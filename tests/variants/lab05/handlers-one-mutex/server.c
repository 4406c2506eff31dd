/*
 * server.c - all of the server in one file. The handlers only set flags, and can run nowhere but in
 * ppoll(2). What is counted are plain numbers in shared pages of /dev/zero, and one robust mutex guards
 * them all. There are no totals: they are the sum of the lines.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 64, LINES = 80, PAUSE_MS = 110 };

struct line {
    in_addr_t from; // 0: not in use; or the last one, which is for all that have none
    unsigned long long visits, bytes;
};

static struct {
    pthread_mutex_t mutex;
    struct line line[LINES + 1];
} * shared;

static struct {
    pid_t pid;
    long long not_before; // ms
} team[MOST];

static volatile sig_atomic_t ended, asked, leaving;

static void on_signal(int sig)
{
    if (sig == SIGCHLD)
        ended = 1;
    else if (sig == SIGUSR1)
        asked = 1;
    else
        leaving = 1;
}

// --- What all of them have -------------------------------------------------------------------------

static void make_shared(void)
{
    pthread_mutexattr_t how;
    int fd = open("/dev/zero", O_RDWR);
    if (fd == -1)
        err(EXIT_FAILURE, "/dev/zero");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (shared == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    close(fd);
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&shared->mutex, &how);
}

static void lock(void)
{
    if (pthread_mutex_lock(&shared->mutex) == EOWNERDEAD)
        pthread_mutex_consistent(&shared->mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&shared->mutex);
}

static void count(in_addr_t from, unsigned visits, size_t bytes)
{
    int i = 0;
    lock();
    while (i < LINES && shared->line[i].from != 0 && shared->line[i].from != from)
        i++;
    if (i < LINES)
        shared->line[i].from = from;
    shared->line[i].visits += visits;
    shared->line[i].bytes += bytes;
    unlock();
}

static void print(void)
{
    struct line copy[LINES + 1];
    unsigned long long clients = 0, bytes = 0;
    lock();
    memcpy(copy, shared->line, sizeof copy);
    unlock();
    for (int i = 0; i <= LINES; i++) {
        clients += copy[i].visits;
        bytes += copy[i].bytes;
    }
    printf("so far: clients %llu bytes %llu\n", clients, bytes);
    for (int i = 0; i < LINES && copy[i].from != 0; i++)
        printf("%s: visits %llu\n", inet_ntoa((struct in_addr){copy[i].from}), copy[i].visits);
    fflush(stdout);
}

// --- A worker --------------------------------------------------------------------------------------

static int send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
        if (n == -1 && errno != EINTR)
            return -1;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static _Noreturn void work(int lfd)
{
    static char data[50000];
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept(lfd, (struct sockaddr *)&peer, &size);
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd == -1)
            err(EXIT_FAILURE, "accept");
        count(peer.sin_addr.s_addr, 1, 0);
        for (;;) {
            ssize_t n = recv(fd, data, sizeof data, 0);
            if (n == -1 && errno == EINTR)
                continue;
            if (n <= 0)
                break;
            count(peer.sin_addr.s_addr, 0, (size_t)n);
            if (send_all(fd, data, (size_t)n) == -1)
                break;
        }
        close(fd);
    }
}

// --- The parent ------------------------------------------------------------------------------------

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

// Fills the places whose time has come. Returns for how many ms to wait for the next one, or -1.
static long long hire(int lfd, int wanted, const sigset_t *before)
{
    long long wait = -1;
    for (int i = 0; i < wanted; i++) {
        if (team[i].pid != 0)
            continue;
        long long left = team[i].not_before - now();
        if (left <= 0) {
            pid_t pid = fork();
            if (pid == 0) {
                signal(SIGCHLD, SIG_DFL);
                signal(SIGUSR1, SIG_DFL);
                signal(SIGTERM, SIG_DFL);
                signal(SIGINT, SIG_DFL);
                sigprocmask(SIG_SETMASK, before, NULL);
                work(lfd);
            }
            if (pid == -1)
                warn("fork");
            team[i].pid = pid == -1 ? 0 : pid;
            team[i].not_before = now() + PAUSE_MS;
            left = PAUSE_MS;
        }
        if (team[i].pid == 0 && (wait == -1 || left < wait))
            wait = left;
    }
    return wait;
}

static void bury(void)
{
    int status;
    for (int i = 0; i < MOST; i++)
        if (team[i].pid != 0 && waitpid(team[i].pid, &status, WNOHANG) > 0) {
            if (WIFSIGNALED(status))
                fprintf(stderr, "%d was killed by signal %d\n", (int)team[i].pid, WTERMSIG(status));
            else
                fprintf(stderr, "%d left with %d\n", (int)team[i].pid, WEXITSTATUS(status));
            team[i].pid = 0;
        }
}

static int number(const char *text, int most)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || value < 1 || value > most)
        errx(EXIT_FAILURE, "%s is not from 1 to %d\nusage: server PORT WORKERS", text, most);
    return (int)value;
}

static int listen_on(int port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        bind(fd, (struct sockaddr *)&any, sizeof any) == -1 || listen(fd, SOMAXCONN) == -1)
        err(EXIT_FAILURE, "port %d", port);
    return fd;
}

int main(int argc, char **argv)
{
    static const int signals[] = {SIGCHLD, SIGUSR1, SIGTERM, SIGINT};
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t ours, before;
    if (argc != 3)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    int port = number(argv[1], 65535), wanted = number(argv[2], MOST);

    sigemptyset(&ours);
    for (int i = 0; i < 4; i++)
        sigaddset(&ours, signals[i]);
    sigprocmask(SIG_BLOCK, &ours, &before);
    for (int i = 0; i < 4; i++)
        sigaction(signals[i], &action, NULL);
    int lfd = listen_on(port);
    make_shared();
    while (!leaving) {
        long long wait = hire(lfd, wanted, &before);
        struct timespec limit = {.tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000};
        ppoll(NULL, 0, wait == -1 ? NULL : &limit, &before);
        if (ended) {
            ended = 0;
            bury();
        }
        if (asked) {
            asked = 0;
            print();
        }
    }
    for (int i = 0; i < wanted; i++)
        if (team[i].pid != 0)
            kill(team[i].pid, SIGTERM);
    while (wait(NULL) > 0)
        continue;
    return EXIT_SUCCESS;
}
