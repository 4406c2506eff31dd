/*
 * server.c - record locks of fcntl(2) in the place of a mutex: the kernel takes back what a process held
 * when it ends. Byte 0 of a memfd is for the list of lines, byte 1 + i for line i. The parent waits in
 * sigsuspend(2), and an interval timer wakes it when a place is to be filled.
 */
#include "address.h"
#include "io.h"
#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STAFF_MAX = 64, LINES = 128, NEVER = LINES };

struct line {
    struct in_addr from;
    long visits, bytes;
};

static struct board {
    atomic_long lines; // in use
    struct line line[LINES];
    struct line more; // all other addresses
} * board;

static int board_fd;
static pid_t staff[STAFF_MAX];
static volatile sig_atomic_t chld, usr1, term, alrm;

static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vdprintf(STDERR_FILENO, format, arguments);
    va_end(arguments);
}

static _Noreturn void give_up(const char *what)
{
    say("server: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

// --- The board -------------------------------------------------------------------------------------

static void change_lock(short type, long number)
{
    struct flock byte = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)number, .l_len = 1};
    while (fcntl(board_fd, F_SETLKW, &byte) == -1)
        if (errno != EINTR)
            give_up("fcntl");
}

// The number of the address's line. A new one is whole before it is counted.
static long find_line(struct in_addr from)
{
    long i = 0;
    change_lock(F_WRLCK, 0);
    while (i < board->lines && board->line[i].from.s_addr != from.s_addr)
        i++;
    if (i == board->lines && i < LINES) {
        board->line[i] = (struct line){.from = from};
        board->lines++;
    }
    change_lock(F_UNLCK, 0);
    return i;
}

static void count(long i, long visits, long bytes)
{
    struct line *line = i < LINES ? &board->line[i] : &board->more;
    change_lock(F_WRLCK, 1 + i);
    line->visits += visits;
    line->bytes += bytes;
    change_lock(F_UNLCK, 1 + i);
}

static void print_board(void)
{
    struct line copy[LINES + 1];
    long clients = 0, bytes = 0;
    change_lock(F_RDLCK, 0);
    long lines = board->lines;
    change_lock(F_UNLCK, 0);
    for (long i = 0; i <= LINES; i++) {
        change_lock(F_RDLCK, 1 + i);
        copy[i] = i < LINES ? board->line[i] : board->more;
        change_lock(F_UNLCK, 1 + i);
        if (i < lines || i == LINES) {
            clients += copy[i].visits;
            bytes += copy[i].bytes;
        }
    }
    printf("clients %ld bytes %ld\n", clients, bytes);
    for (long i = 0; i < lines; i++)
        printf("%s: visits %ld\n", inet_ntoa(copy[i].from), copy[i].visits);
    fflush(stdout);
}

// --- A worker --------------------------------------------------------------------------------------

static _Noreturn void serve(int lfd)
{
    struct sockaddr_in peer;
    char data[4096];
    ssize_t n;
    for (;;) {
        int cfd = accept_client(lfd, &peer);
        if (cfd == -1)
            give_up("accept");
        long line = find_line(peer.sin_addr);
        count(line, 1, 0);
        while ((n = recvfrom(cfd, data, sizeof data, 0, NULL, NULL)) > 0 ||
               (n == -1 && errno == EINTR)) {
            if (n == -1)
                continue;
            count(line, 0, n);
            if (write_all(cfd, data, (size_t)n) == -1)
                break;
        }
        shutdown(cfd, SHUT_WR);
        close(cfd);
    }
}

// --- The parent ------------------------------------------------------------------------------------

static void on_signal(int sig)
{
    switch (sig) {
    case SIGCHLD:
        chld = 1;
        break;
    case SIGUSR1:
        usr1 = 1;
        break;
    case SIGALRM:
        alrm = 1;
        break;
    default:
        term = 1;
        break;
    }
}

static void set_handlers(void (*handler)(int), void (*pipe_handler)(int))
{
    static const int numbers[] = {SIGCHLD, SIGUSR1, SIGALRM, SIGTERM, SIGINT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &(struct sigaction){.sa_handler = handler}, NULL);
    sigaction(SIGPIPE, &(struct sigaction){.sa_handler = pipe_handler}, NULL);
}

// Every 150 ms while somebody is missing.
static void set_timer(long us)
{
    const struct itimerval time = {{0, us}, {0, us}};
    setitimer(ITIMER_REAL, &time, NULL);
}

static void fill_places(int wanted, int lfd, const sigset_t *mask)
{
    int missing = 0;
    for (int i = 0; i < wanted; i++) {
        if (staff[i] > 0)
            continue;
        staff[i] = fork();
        if (staff[i] == 0) {
            set_handlers(SIG_DFL, SIG_IGN);
            sigprocmask(SIG_SETMASK, mask, NULL);
            serve(lfd);
        }
        if (staff[i] == -1) {
            say("server: fork: %s\n", strerror(errno));
            missing++;
        }
    }
    set_timer(missing > 0 ? 150 * 1000 : 0);
}

static void reap(void)
{
    int status, gone = 0;
    for (int i = 0; i < STAFF_MAX; i++)
        if (staff[i] > 0 && waitpid(staff[i], &status, WNOHANG) == staff[i]) {
            say("server: %d ended, status %#x\n", (int)staff[i], (unsigned)status);
            staff[i] = -1;
            gone++;
        }
    struct itimerval left;
    getitimer(ITIMER_REAL, &left);
    if (gone > 0 && left.it_interval.tv_usec == 0)
        set_timer(150 * 1000);
}

static void end_all(int wanted)
{
    for (int i = 0; i < wanted; i++)
        if (staff[i] > 0)
            kill(staff[i], SIGTERM);
    for (int i = 0; i < wanted; i++)
        while (staff[i] > 0 && waitpid(staff[i], NULL, 0) == -1 && errno == EINTR)
            continue;
}

int main(int argc, char *argv[])
{
    uint16_t port, wanted;
    const char *call;
    sigset_t all, mask;
    if (argc != 3 || parse_port(argv[1], &port) != 0 || parse_port(argv[2], &wanted) != 0 ||
        wanted > STAFF_MAX) {
        say("usage: server PORT WORKERS\n");
        return 1;
    }
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    set_handlers(on_signal, SIG_DFL);
    int lfd = open_listener(port, &call);
    if (lfd == -1)
        give_up(call);
    board_fd = memfd_create("board", 0);
    if (board_fd == -1 || ftruncate(board_fd, sizeof *board) == -1)
        give_up("memfd_create");
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, board_fd, 0);
    if (board == MAP_FAILED)
        give_up("mmap");

    for (alrm = 1; !term;) {
        if (chld) {
            chld = 0;
            reap();
        }
        if (alrm) {
            alrm = 0;
            fill_places(wanted, lfd, &mask);
        }
        if (usr1) {
            usr1 = 0;
            print_board();
        }
        sigsuspend(&mask);
    }
    end_all(wanted);
    return 0;
}
