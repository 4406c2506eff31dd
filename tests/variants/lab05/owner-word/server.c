/*
 * server.c - the lock is a word with the pid of its owner. Nobody but the parent can free it for a dead
 * one, and it does, before it reaps. It never wants the lock itself: what it prints is atomic.
 * The listener is one for IPv4 and IPv6. The workers are a process group, and are ended by SIGKILL.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CREW = 64, PORTS_OF_CALL = 60, TICK_MS = 170 };

static struct {
    _Atomic pid_t owner; // of the lock for the list
    _Atomic unsigned long clients, bytes, listed;
    struct {
        char name[INET_ADDRSTRLEN];
        _Atomic unsigned long visits;
    } list[PORTS_OF_CALL];
} * shared;

static pid_t crew[CREW], group;
static int crew_size;
static volatile sig_atomic_t child_gone, print_please, end_please;

// --- The lock and the list -------------------------------------------------------------------------

static void lock(void)
{
    for (unsigned tries = 0;; tries++) {
        pid_t nobody = 0;
        if (atomic_compare_exchange_weak(&shared->owner, &nobody, getpid()))
            return;
        if (tries % 64 == 63)
            nanosleep(&(struct timespec){.tv_nsec = 200 * 1000}, NULL);
        else
            sched_yield();
    }
}

static void unlock_for(pid_t pid)
{
    atomic_compare_exchange_strong(&shared->owner, &pid, 0);
}

static void add_visit(const char *name)
{
    unsigned long i = 0;
    lock();
    while (i < shared->listed && strcmp(shared->list[i].name, name) != 0)
        i++;
    if (i == shared->listed && i < PORTS_OF_CALL) {
        strcpy(shared->list[i].name, name);
        shared->list[i].visits = 0;
        shared->listed++;
    }
    if (i < PORTS_OF_CALL)
        shared->list[i].visits++;
    unlock_for(getpid());
}

static void print_list(void)
{
    printf("clients %lu bytes %lu\n", shared->clients, shared->bytes);
    for (unsigned long i = 0, listed = shared->listed; i < listed; i++)
        printf("%s: visits %lu\n", shared->list[i].name, shared->list[i].visits);
    fflush(stdout);
}

// --- A worker --------------------------------------------------------------------------------------

static void echo(int fd)
{
    char block[3][2000];
    for (;;) {
        struct iovec parts[3] = {{block[0], 2000}, {block[1], 2000}, {block[2], 2000}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 3};
        ssize_t n = recvmsg(fd, &message, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        shared->bytes += (unsigned long)n;
        for (ssize_t m, done = 0; done < n; done += m) {
            parts[0] = (struct iovec){block[0] + done, (size_t)(n - done)};
            message.msg_iovlen = 1;
            m = sendmsg(fd, &message, MSG_NOSIGNAL);
            if (m == -1 && errno != EINTR)
                return;
            m = m == -1 ? 0 : m;
        }
    }
}

static _Noreturn void work(int lfd)
{
    for (;;) {
        struct sockaddr_in6 peer;
        socklen_t size = sizeof peer;
        char text[INET6_ADDRSTRLEN];
        int fd = accept(lfd, (struct sockaddr *)&peer, &size);
        if (fd == -1) {
            if (errno != EINTR && errno != ECONNABORTED)
                err(EXIT_FAILURE, "accept");
            continue;
        }
        shared->clients++;
        inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text);
        const char *mapped = strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text;
        if (strlen(mapped) < INET_ADDRSTRLEN)
            add_visit(mapped);
        echo(fd);
        close(fd);
    }
}

// --- The parent ------------------------------------------------------------------------------------

static void on_signal(int sig)
{
    if (sig == SIGCHLD)
        child_gone = 1;
    else if (sig == SIGUSR1)
        print_please = 1;
    else
        end_please = 1;
}

// Nobody has been in the group since its last member was reaped: the next one makes another.
static void start_missing(int lfd)
{
    for (int i = 0; i < crew_size; i++) {
        if (crew[i] != 0)
            continue;
        pid_t pid = fork();
        if (pid == 0) {
            setpgid(0, group);
            signal(SIGCHLD, SIG_DFL);
            signal(SIGUSR1, SIG_DFL);
            signal(SIGTERM, SIG_DFL);
            signal(SIGINT, SIG_DFL);
            sigset_t none;
            sigemptyset(&none);
            sigprocmask(SIG_SETMASK, &none, NULL);
            work(lfd);
        }
        if (pid == -1) {
            warn("fork");
            return;
        }
        setpgid(pid, group);
        if (group == 0)
            group = pid;
        crew[i] = pid;
    }
}

// Returns how many are missing.
static int reap(void)
{
    int missing = 0;
    for (int i = 0; i < crew_size; i++) {
        siginfo_t info = {.si_pid = 0};
        if (crew[i] != 0 && waitid(P_PID, (id_t)crew[i], &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == crew[i]) {
            unlock_for(crew[i]);
            waitpid(crew[i], NULL, 0);
            fprintf(stderr, "%d is over board (%d, %d)\n", (int)crew[i], info.si_code,
                    info.si_status);
            crew[i] = 0;
        }
        missing += crew[i] == 0;
    }
    if (missing == crew_size)
        group = 0;
    return missing;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void run(int lfd, const sigset_t *mask)
{
    long long due = -1; // when the missing ones are started, -1 if there are none
    start_missing(lfd);
    int missing = reap();
    while (!end_please) {
        if (print_please) {
            print_please = 0;
            print_list();
        }
        if (child_gone) {
            child_gone = 0;
            missing = reap();
        }
        if (missing == 0) {
            due = -1;
        } else if (due == -1) {
            due = now_ms() + TICK_MS;
        } else if (now_ms() >= due) {
            start_missing(lfd);
            missing = reap();
            due = -1;
            continue;
        }
        long long left = due > now_ms() ? due - now_ms() : 0;
        struct timespec limit = {.tv_nsec = (long)left * 1000000L};
        ppoll(NULL, 0, due == -1 ? NULL : &limit, mask);
    }
    if (group > 0) {
        kill(-group, SIGKILL);
        while (wait(NULL) != -1)
            continue;
    }
}

static int listen_on(long port)
{
    const int on = 1, off = 0;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((in_port_t)port)};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd == -1 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        bind(fd, (struct sockaddr *)&any, sizeof any) == -1 || listen(fd, 500) == -1)
        err(EXIT_FAILURE, "port %ld", port);
    return fd;
}

static long read_number(const char *text, long most)
{
    long value = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || value > most)
            return 0;
        value = value * 10 + (*c - '0');
    }
    return value > most ? 0 : value;
}

int main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t ours, mask;
    long port = argc == 3 ? read_number(argv[1], 65535) : 0;
    crew_size = argc == 3 ? (int)read_number(argv[2], CREW) : 0;
    if (port == 0 || crew_size == 0)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    sigemptyset(&ours);
    sigaddset(&ours, SIGCHLD);
    sigaddset(&ours, SIGUSR1);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGINT);
    sigprocmask(SIG_BLOCK, &ours, &mask);
    sigaction(SIGCHLD, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int lfd = listen_on(port);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    run(lfd, &mask);
    return EXIT_SUCCESS;
}
