/*
 * server.c - no lock and no atomic addition: each place has numbers of its own, to which nobody but its
 * worker writes, and the parent adds them up. They lie in a memfd. The parent polls a signalfd and a
 * timerfd: soon after a death, all places that are empty are filled.
 */
#include "address.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACES = 64, ENTRIES = 100 };

// Written by one process, read by another: each number by itself is whole, and that is enough.
typedef _Atomic uint64_t number;

struct entry {
    _Atomic uint32_t address;
    number visits;
};

struct slot {
    number clients, bytes;
    struct entry entry[ENTRIES]; // those in use first
    struct entry rest;
};

static struct slot *slots;
static pid_t pids[PLACES];
static int places, lfd, sfd, tfd;
static sigset_t signals;

// A load, an addition and a store: nobody else stores here.
static void add(number *sum, uint64_t more)
{
    uint64_t before = atomic_load_explicit(sum, memory_order_relaxed);
    atomic_store_explicit(sum, before + more, memory_order_release);
}

static struct entry *find(struct slot *slot, uint32_t address)
{
    for (struct entry *entry = slot->entry; entry < slot->entry + ENTRIES; entry++) {
        if (entry->address == 0)
            entry->address = address;
        if (entry->address == address)
            return entry;
    }
    return &slot->rest;
}

static int echo(int fd, struct slot *slot)
{
    char first[1000], second[9000];
    for (;;) {
        struct iovec parts[] = {{first, sizeof first}, {second, sizeof second}};
        ssize_t n = readv(fd, parts, 2);
        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        add(&slot->bytes, (uint64_t)n);
        for (ssize_t done = 0, m; done < n; done += m) {
            ssize_t end = n < (ssize_t)sizeof first ? n : (ssize_t)sizeof first;
            m = done < end ? send(fd, first + done, (size_t)(end - done), MSG_NOSIGNAL)
                           : send(fd, second + (done - end), (size_t)(n - done), MSG_NOSIGNAL);
            if (m == -1 && errno != EINTR)
                return -1;
            if (m == -1)
                m = 0;
        }
    }
}

static _Noreturn void work(struct slot *slot)
{
    close(sfd);
    close(tfd);
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd < 0 && errno != EINTR && errno != ECONNABORTED) {
            perror("accept");
            _exit(1);
        }
        if (fd < 0)
            continue;
        struct entry *entry = find(slot, peer.sin_addr.s_addr);
        add(&slot->clients, 1);
        add(&entry->visits, 1);
        if (echo(fd, slot) == -1)
            perror("a client is gone");
        close(fd);
    }
}

static void tell(void)
{
    static struct {
        uint32_t address;
        uint64_t visits;
    } all[PLACES * ENTRIES];
    size_t count = 0;
    uint64_t clients = 0, bytes = 0;
    for (int i = 0; i < places; i++) {
        clients += slots[i].clients;
        bytes += slots[i].bytes;
        for (struct entry *e = slots[i].entry; e < slots[i].entry + ENTRIES && e->address; e++) {
            size_t at = 0;
            while (at < count && all[at].address != e->address)
                at++;
            if (at == count)
                all[count++].address = e->address;
            all[at].visits += e->visits;
        }
    }
    printf("clients %" PRIu64 " bytes %" PRIu64 "\n", clients, bytes);
    for (size_t i = 0; i < count; i++) {
        char name[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &all[i].address, name, sizeof name);
        printf("%s: visits %" PRIu64 "\n", name, all[i].visits);
    }
    fflush(stdout);
    memset(all, 0, sizeof all);
}

// To a quarter of a second from now. If it is set already, it stays.
static void set_clock(void)
{
    const struct itimerspec quarter = {.it_value.tv_nsec = 250 * 1000 * 1000};
    struct itimerspec left;
    timerfd_gettime(tfd, &left);
    if (left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0)
        timerfd_settime(tfd, 0, &quarter, NULL);
}

// Fills the empty places, and sets the clock if one stays empty.
static void fill(void)
{
    for (int i = 0; i < places; i++) {
        if (pids[i] != 0)
            continue;
        pid_t pid = fork();
        if (pid == 0)
            work(&slots[i]);
        if (pid > 0) {
            pids[i] = pid;
        } else {
            perror("fork");
            set_clock();
        }
    }
}

static void reap(void)
{
    siginfo_t info;
    while (info.si_pid = 0, waitid(P_ALL, 0, &info, WEXITED | WNOHANG) == 0 && info.si_pid != 0) {
        fprintf(stderr, "worker %d is no more (%d)\n", (int)info.si_pid, info.si_status);
        for (int i = 0; i < places; i++)
            if (pids[i] == info.si_pid)
                pids[i] = 0;
        set_clock();
    }
}

static void leave(void)
{
    for (int i = 0; i < places; i++)
        if (pids[i] != 0)
            kill(pids[i], SIGKILL);
    for (int i = 0; i < places; i++)
        if (pids[i] != 0)
            waitpid(pids[i], NULL, 0);
    exit(EXIT_SUCCESS);
}

static void prepare(const char *port_text)
{
    uint16_t port;
    struct sockaddr_in any;
    if (parse_port(port_text, &port) == -1)
        errx(EXIT_FAILURE, "%s is no port", port_text);
    make_address("0.0.0.0", port, &any);
    lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(lfd, (struct sockaddr *)&any, sizeof any) == -1 || listen(lfd, 256) == -1)
        err(EXIT_FAILURE, "port %u", port);
    int fd = memfd_create("slots", MFD_CLOEXEC);
    if (fd == -1 || ftruncate(fd, PLACES * sizeof *slots) == -1)
        err(EXIT_FAILURE, "memfd");
    slots = mmap(NULL, PLACES * sizeof *slots, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (slots == MAP_FAILED)
        err(EXIT_FAILURE, "mmap");
    close(fd);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    sfd = signalfd(-1, &signals, SFD_CLOEXEC);
    tfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

int main(int argc, char **argv)
{
    char *end = "?";
    if (argc == 3)
        places = (int)strtol(argv[2], &end, 10);
    if (argc != 3 || *end != '\0' || end == argv[2] || places < 1 || places > PLACES)
        errx(EXIT_FAILURE, "usage: server PORT WORKERS");
    prepare(argv[1]);
    fill();
    for (;;) {
        struct pollfd ready[] = {{.fd = sfd, .events = POLLIN}, {.fd = tfd, .events = POLLIN}};
        struct signalfd_siginfo info;
        uint64_t times;
        if (poll(ready, 2, -1) == -1)
            continue;
        if (ready[0].revents != 0 && read(sfd, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo == SIGCHLD)
                reap();
            else if (info.ssi_signo == SIGUSR1)
                tell();
            else
                leave();
        }
        if (ready[1].revents != 0 && read(tfd, &times, sizeof times) == sizeof times)
            fill();
    }
}
