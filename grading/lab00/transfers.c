/*
 * transfers.c - checks of lab00: write_all and read_full against their contract in the lab's README.
 *
 * The function runs in a thread of its own. The main thread is the other end of the pipe. It looks
 * up in /proc where the thread is, and acts only once the thread is asleep in its system call: so
 * every short read, short write and EINTR is real, and happens in every run.
 *
 *     thread                                        main thread
 *     write_all(fd, data, 60000)
 *       write(2) fills the buffer, sleeps           sees it asleep: pthread_kill
 *       write(2) returns 4096: a short write
 *       write(2) finds no room, sleeps              sees it asleep: pthread_kill
 *       write(2) returns -1, EINTR                  reads all of it, and compares
 *       ...
 *
 * Criterion runs the checks of a step in the order of their names: the plainest comes first.
 */
#include "criterion_tap.h"
#include "io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    GUARD = 0xa5, // stands behind the learner's bytes, and must stay
    GUARD_SIZE = 8,
    NOT_OPEN = 60,   // a descriptor; select(2) may not even look at those above 63
    MANY_LOOKS = 40, // a thread that slept each time one looked will not wake by itself
    MANY_SIGNALS = 12,
    PORTION = 1024,    // bytes, for which a slow function gets its time anew
    DESCRIPTORS = 128, // so many are looked at
    SIGNALS = 32,
    MANY_LIMITS = 10, // so many time limits pass at once
};

// --- A function that runs in a thread -----------------------------------------------------------

typedef ssize_t io_function(int fd, void *data, size_t size);

static ssize_t call_write_all(int fd, void *data, size_t size)
{
    return write_all(fd, data, size);
}

/* What the function finds, and is to leave: flags and time limits of fd, descriptors, signals. */
struct surroundings {
    int flags;
    struct timeval limits[2];
    bool open[DESCRIPTORS];
    void (*handlers[SIGNALS])(int);
    sigset_t blocked;
};

struct call {
    io_function *function;
    int fd;
    void *data;
    size_t size;
    ssize_t expected;   // what it is to return,
    int expected_errno; // and with which errno, if that is -1
    int errno_before;   // what a call before has left in errno
    bool nonblocking;   // fd is O_NONBLOCK: -1 with EAGAIN is right too
    pthread_t thread;
    atomic_int tid; // 0 until it runs
    atomic_bool ended;
    ssize_t result; // once ended
    int error;
    int time_limit; // of its poll(2), in ms, when it was over
    sigset_t blocked;
    struct surroundings before;
};

static atomic_int interrupts;

static void on_interrupt(int sig)
{
    (void)sig;
    atomic_fetch_add(&interrupts, 1);
}

// --- Time limits --------------------------------------------------------------------------------

static _Thread_local int limits_left;
static _Thread_local int time_limit;

/*
 * Stands in the place of the C library's. The other end may be slow for any time, and no check waits
 * so long: for the function, its first time limits are over at once.
 */
int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    bool over = timeout > 0 && limits_left > 0;
    struct timespec time = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
    struct timespec none = {0};
    int n = ppoll(fds, count, over ? &none : timeout < 0 ? NULL : &time, NULL);

    if (over && n == 0) {
        limits_left--;
        time_limit = timeout;
    }
    return n;
}

static void *run_call(void *argument)
{
    struct call *call = argument;
    limits_left = MANY_LIMITS;
    atomic_store(&call->tid, gettid());
    errno = call->errno_before;
    call->result = call->function(call->fd, call->data, call->size);
    call->error = errno;
    call->time_limit = time_limit;
    pthread_sigmask(SIG_SETMASK, NULL, &call->blocked);
    atomic_store(&call->ended, true);
    return NULL;
}

/* A short rest between two looks, in which the thread may have this core. Nothing depends on it. */
static void rest(void)
{
    ppoll(NULL, 0, &(struct timespec){.tv_nsec = 50000}, NULL);
}

static void look_round(int fd, struct surroundings *around)
{
    static const int options[] = {SO_RCVTIMEO, SO_SNDTIMEO};

    memset(around, 0, sizeof *around);
    around->flags = fcntl(fd, F_GETFL);
    for (size_t i = 0; i < COUNT(options); i++) {
        socklen_t size = sizeof around->limits[i];
        getsockopt(fd, SOL_SOCKET, options[i], &around->limits[i], &size);
    }
    for (int i = 0; i < DESCRIPTORS; i++) {
        around->open[i] = fcntl(i, F_GETFD) != -1;
    }
    for (int sig = 1; sig < SIGNALS; sig++) {
        struct sigaction action;
        sigaction(sig, NULL, &action);
        around->handlers[sig] = action.sa_handler;
    }
    pthread_sigmask(SIG_SETMASK, NULL, &around->blocked);
}

static void start_call(struct call *call)
{
    if (call->expected == -1) {
        check_expected("it returns -1 with errno %s", check_errno(call->expected_errno));
    } else if (call->nonblocking) {
        check_expected("it waits and returns %zd, or it returns -1 with errno %s", call->expected,
                       check_errno(EAGAIN));
    } else {
        check_expected("it returns %zd", call->expected);
    }
    if (call->errno_before != 0) {
        check_did("errno was %s when it was called, from a call before",
                  check_errno(call->errno_before));
    }
    look_round(call->fd, &call->before);
    atomic_store(&call->tid, 0);
    atomic_store(&call->ended, false);
    if (pthread_create(&call->thread, NULL, run_call, call) != 0) {
        check_broken("pthread_create failed");
    }
    while (atomic_load(&call->tid) == 0) {
        rest();
    }
}

/* Reads /proc/self/task/TID/name as one string. Returns false if the thread has gone. */
static bool read_task(const struct call *call, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/%s", atomic_load(&call->tid), name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        if (errno == ENOENT && atomic_load(&call->ended)) {
            return false;
        }
        check_broken("%s cannot be read: %s", path, strerror(errno));
    }
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* System calls that wait for the other end. */
static bool waits_for_data(long number)
{
    static const long calls[] = {
        SYS_read,         SYS_write,   SYS_readv,      SYS_writev,      SYS_recvfrom, SYS_sendto,
        SYS_recvmsg,      SYS_sendmsg, SYS_pselect6,   SYS_ppoll,       SYS_splice,   SYS_sendfile,
        SYS_vmsplice,     SYS_preadv2, SYS_pwritev2,   SYS_epoll_pwait,
#ifdef SYS_epoll_pwait2
        SYS_epoll_pwait2,
#endif
#ifdef SYS_poll
        SYS_poll,         SYS_select,  SYS_epoll_wait,
#endif
    };
    for (size_t i = 0; i < COUNT(calls); i++) {
        if (number == calls[i]) {
            return true;
        }
    }
    return false;
}

/*
 * Returns the number of the system call in which the thread sleeps, or -1. `where` becomes the
 * kernel's line about it: number, arguments, stack and program counter.
 */
static long sleeping_in(const struct call *call, char *where, size_t size)
{
    char stat[512];
    char *end;

    if (!read_task(call, "stat", stat, sizeof stat) || !read_task(call, "syscall", where, size)) {
        return -1;
    }
    // "tid (name) S ..."; S is the sleep that a signal can end. A page fault would be D.
    const char *state = strrchr(stat, ')');
    if (state == NULL || state[1] != ' ' || state[2] != 'S') {
        return -1;
    }
    long number = strtol(where, &end, 10); // "running" has no number
    return end != where ? number : -1;
}

/* Looks whether the thread sleeps in a system call that waits for the other end. */
static bool is_asleep(const struct call *call, char *where, size_t size)
{
    return waits_for_data(sleeping_in(call, where, size));
}

/*
 * Waits until the thread sleeps in a system call that waits for the other end, or has been seen
 * asleep elsewhere again and again: it waits for a helper, or lets time pass between two tries.
 * Returns false if the function has returned.
 */
static bool wait_asleep(const struct call *call)
{
    char where[256];
    int elsewhere = 0;

    while (!atomic_load(&call->ended)) {
        long number = sleeping_in(call, where, sizeof where);
        if (waits_for_data(number) || (number != -1 && ++elsewhere == MANY_LOOKS)) {
            return true;
        }
        rest();
    }
    return false;
}

/*
 * Waits until the function has returned, sleeps, or has computed for so long that it must be trying
 * again and again. Nobody else does anything meanwhile, so the other two come first if they can.
 */
static void wait_stuck(const struct call *call)
{
    char where[256];
    int asleep = 0;
    clockid_t clock;
    struct timespec used;

    while (!atomic_load(&call->ended)) {
        asleep = sleeping_in(call, where, sizeof where) != -1 ? asleep + 1 : 0;
        if (asleep == MANY_LOOKS ||
            (pthread_getcpuclockid(call->thread, &clock) == 0 && clock_gettime(clock, &used) == 0 &&
             (used.tv_sec > 0 || used.tv_nsec > 50000000))) {
            return;
        }
        rest();
    }
}

/*
 * Interrupts the thread's system call: it returns what it has moved so far, or EINTR. A function
 * that blocks the signal sleeps on, which is one way to be right.
 */
static void interrupt(const struct call *call)
{
    int before = atomic_load(&interrupts);
    char where[256];
    int asleep = 0;

    pthread_kill(call->thread, SIGUSR1);
    while (atomic_load(&interrupts) == before && !atomic_load(&call->ended) &&
           asleep < MANY_LOOKS) {
        asleep = is_asleep(call, where, sizeof where) ? asleep + 1 : 0;
        rest();
    }
}

/*
 * Waits until the function has returned. Returns false if it never will: it sleeps in the same
 * system call each time one looks, though nobody has anything left to do for it.
 */
static bool has_returned(const struct call *call)
{
    char first[256] = "";
    char where[256];
    int looks = 0;

    while (!atomic_load(&call->ended)) {
        if (!is_asleep(call, where, sizeof where)) {
            looks = 0;
        } else if (looks == 0 || strcmp(first, where) != 0) {
            memcpy(first, where, sizeof first);
            looks = 1;
        } else if (++looks == MANY_LOOKS) {
            return false;
        }
        rest();
    }
    return true;
}

// --- What the two ends are made of --------------------------------------------------------------

struct ends {
    const char *name;
    int reader;
    int writer;
    size_t room; // at most so much waits between them
};

static void open_pipe(struct ends *ends)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) == -1) {
        check_broken("pipe: %s", strerror(errno));
    }
    int size = fcntl(fds[1], F_SETPIPE_SZ, 4096);
    *ends = (struct ends){"a pipe", fds[0], fds[1], size > 0 ? (size_t)size : 65536};
}

static void open_socketpair(struct ends *ends)
{
    int fds[2];
    int size = 4096;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == -1 ||
        setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == -1) {
        check_broken("socketpair: %s", strerror(errno));
    }
    *ends = (struct ends){"a socket pair", fds[0], fds[1], 8192};
}

/*
 * A TCP connection whose writer, when closed, resets the reader's end. A socket pair would do, but
 * its error is gone when recv(2) with MSG_WAITALL has met it behind some bytes.
 */
static void open_resetting(struct ends *ends)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    struct sockaddr *name = (struct sockaddr *)&address;
    socklen_t size = sizeof address;
    const struct linger reset = {.l_onoff = 1};
    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    *ends = (struct ends){.writer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (bind(lfd, name, size) == -1 || listen(lfd, 1) == -1 ||
        getsockname(lfd, name, &size) == -1 || connect(ends->writer, name, size) == -1 ||
        (ends->reader = accept4(lfd, NULL, NULL, SOCK_CLOEXEC)) == -1 ||
        setsockopt(ends->writer, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == -1) {
        check_broken("a connection to 127.0.0.1: %s", strerror(errno));
    }
    close(lfd);
}

typedef void open_ends(struct ends *ends);
static open_ends *const all_ends[] = {open_pipe, open_socketpair};

static void close_ends(struct ends *ends)
{
    close(ends->reader);
    close(ends->writer);
}

static unsigned char *random_bytes(size_t size)
{
    unsigned char *bytes = malloc(size + 1);
    if (bytes == NULL) {
        check_broken("no memory");
    }
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)(check_random() >> 8);
    }
    return bytes;
}

/* Why a function that is right for smaller sizes may be wrong now. */
static void note_size(size_t size)
{
    check_note("a size_t holds %zu, an int no more than %d", size, INT_MAX);
}

/* Readable memory of more than 32 bits can count, all zero. NULL where a limit forbids that. */
static void *huge_memory(size_t size, int protection)
{
    void *memory = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void on_sigpipe(int sig)
{
    (void)sig;
}

static void prepare_io(void)
{
    struct sigaction action = {.sa_handler = on_interrupt}; // no SA_RESTART
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGPIPE, on_sigpipe); // neither SIG_IGN nor SIG_DFL: both would be seen
}

/* Fails unless fd, the other descriptors and the signals are as they were. */
static void check_surroundings(const struct call *call)
{
    const struct surroundings *before = &call->before;
    struct surroundings after;
    look_round(call->fd, &after);

    check_expected("fd stays open: closing it is for the one who opened it");
    if (before->flags != -1 && after.flags == -1) {
        check_got("it returned %zd, and fd is closed", call->result);
    }
    check_expected("fd is as it was before: others use it too");
    if (((before->flags ^ after.flags) & O_NONBLOCK) != 0) {
        check_got("it returned %zd, and fd is %s", call->result,
                  after.flags & O_NONBLOCK ? "O_NONBLOCK now: it does not block any more"
                                           : "not O_NONBLOCK now: it blocks");
    }
    if (memcmp(before->limits, after.limits, sizeof after.limits) != 0) {
        check_got("it returned %zd, and fd has a time limit now (SO_RCVTIMEO or SO_SNDTIMEO)",
                  call->result);
    }
    check_expected("it closes each descriptor that it has opened");
    for (int i = 0; i < DESCRIPTORS; i++) {
        if (after.open[i] && !before->open[i]) {
            check_got("it returned %zd, and left descriptor %d open", call->result, i);
        }
    }
    check_expected("what happens on a signal is as it was before: that is the program's business");
    for (int sig = 1; sig < SIGNALS; sig++) {
        const char *name = sigabbrev_np(sig);
        if (after.handlers[sig] != before->handlers[sig]) {
            check_got("it returned %zd, and SIG%s is %s now", call->result, name,
                      after.handlers[sig] == SIG_IGN   ? "ignored (SIG_IGN)"
                      : after.handlers[sig] == SIG_DFL ? "at its default (SIG_DFL)"
                                                       : "handled by a function of its own");
        }
        if (sigismember(&call->blocked, sig) != sigismember(&before->blocked, sig)) {
            check_got("it returned %zd, and SIG%s is %s now", call->result, name,
                      sigismember(&call->blocked, sig) ? "blocked" : "not blocked any more");
        }
    }
}

/* Waits until the function has returned, and fails unless it returned what was expected. */
static void finish_call(const struct call *call)
{
    if (!has_returned(call)) {
        check_got("it waits for more in a system call, and does not return");
    }
    if (call->time_limit != 0) {
        check_note("its poll(2) had a time limit of %d ms, and that was over", call->time_limit);
    }
    bool refused = call->nonblocking && call->result == -1 && call->error == EAGAIN;
    if (!refused && call->result == -1 &&
        (call->expected != -1 || call->error != call->expected_errno)) {
        check_got("it returned -1 with errno %s", check_errno(call->error));
    }
    if (!refused && call->result != call->expected) {
        check_got("it returned %zd", call->result);
    }
    check_surroundings(call);
}

// --- write_all ----------------------------------------------------------------------------------

/*
 * Puts what comes until the function returns into `got`, `size` at most. Returns how much it was:
 * `size` stands for a function that writes without end.
 */
static size_t drain(struct call *call, const struct ends *ends, unsigned char *got, size_t size)
{
    size_t count = 0, last = 0;

    fcntl(ends->reader, F_SETFL, O_NONBLOCK);
    for (;;) {
        bool ended = atomic_load(&call->ended);
        ssize_t n = read(ends->reader, got + count, size - count);
        if (n > 0) {
            count += (size_t)n;
            if (count - last > PORTION) { // byte by byte this takes a while
                check_goes_on();
                last = count;
            }
            continue;
        }
        if (ended || count == size) {
            break;
        }
        rest();
        // It sleeps although there is room: every read wakes a writer before it returns.
        char where[256];
        int waiting = 0;
        if (is_asleep(call, where, sizeof where) && ioctl(ends->reader, FIONREAD, &waiting) == 0 &&
            waiting == 0 && !has_returned(call)) {
            check_got("it does not return, though all %zu bytes it wrote were read", count);
        }
    }
    return count;
}

/*
 * Writes more than fits and than `least`, and interrupts it if wanted: when the buffer is full (a
 * short write), when nothing more went in (EINTR), and once more after some room was made.
 */
static void write_more_than_fits(open_ends *open_both, size_t least, bool interrupted)
{
    struct ends ends;
    open_both(&ends);
    size_t size = least + 2 * ends.room + 1 + check_random() % 5000;
    unsigned char *data = random_bytes(size);
    unsigned char *got = random_bytes(size + 4096);
    struct call call = {call_write_all, ends.writer, data, size, .expected = (ssize_t)size};
    size_t count = 0;

    check_case();
    check_did("write_all(fd, data, %zu) to %s whose buffer holds less", size, ends.name);
    check_try("strace -e trace=write -e inject=write:retval=5:when=1 %s/bytes -r 127.0.0.1 9876 "
              ">/dev/null\n"
              "strace -e trace=write -e inject=write:error=EINTR:when=1 %s/bytes -r 127.0.0.1 9876 "
              ">/dev/null",
              check_directory(), check_directory());
    start_call(&call);
    if (interrupted && wait_asleep(&call)) {
        check_did("the buffer is full: a signal made its write(2) return early (a short write)");
        interrupt(&call);
        if (wait_asleep(&call)) {
            check_did("%d signals made its next write(2)s fail with EINTR, nothing written",
                      MANY_SIGNALS);
            for (int i = 0; i < MANY_SIGNALS && wait_asleep(&call); i++) {
                interrupt(&call);
            }
        }
        if (wait_asleep(&call)) {
            check_did("read some of it, and sent the signal once more");
            ssize_t n = read(ends.reader, got, ends.room);
            count = n > 0 ? (size_t)n : 0;
            wait_asleep(&call);
            interrupt(&call);
        }
    }
    check_did("read everything");
    count += drain(&call, &ends, got + count, size + 4096 - count);
    if (call.result != call.expected) {
        check_note("%zu of %zu bytes arrived", count, size);
    }
    finish_call(&call);
    check_same(data, size, got, count);
    close_ends(&ends);
    free(data);
    free(got);
}

CHECK(write_all, all, "write_all writes everything, even if the reader is slow")
{
    prepare_io();
    static const size_t sizes[] = {1, 2, 5, 100, 1000, 0, 10, 10};
    static const int errnos[COUNT(sizes)] = {[6] = EINTR, [7] = EAGAIN};
    for (size_t e = 0; e < COUNT(all_ends); e++) {
        struct ends ends;
        all_ends[e](&ends);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            unsigned char *data = random_bytes(sizes[i]);
            unsigned char got[4096];
            struct call call = {call_write_all,
                                ends.writer,
                                data,
                                sizes[i],
                                .expected = (ssize_t)sizes[i],
                                .errno_before = errnos[i]};
            check_case();
            check_did("write_all(fd, data, %zu) to %s", sizes[i], ends.name);
            check_try("%s/bytes -r 127.0.0.1 9876 | wc -c", check_directory());
            start_call(&call);
            size_t count = drain(&call, &ends, got, sizeof got);
            finish_call(&call);
            check_same(data, sizes[i], got, count);
            free(data);
        }
        close_ends(&ends);
    }
    for (size_t e = 0; e < COUNT(all_ends); e++) {
        write_more_than_fits(all_ends[e], 0, false);
        write_more_than_fits(all_ends[e], 1 << 16, false);
    }
}

CHECK(write_all, interrupted, "write_all goes on after a short write and after EINTR")
{
    prepare_io();
    for (size_t e = 0; e < COUNT(all_ends); e++) {
        for (int i = 0; i < 2; i++) {
            write_more_than_fits(all_ends[e], 0, true);
        }
    }
}

/* What strace does to a function by hand: its first write(2) fails. */
static void try_write_error(int error)
{
    check_try("strace -e trace=write -e inject=write:error=%s:when=1 %s/bytes -r 127.0.0.1 9876",
              strerrorname_np(error), check_directory());
}

/* The descriptor does not block. To wait is right, and so is -1 with EAGAIN. */
static void write_nonblocking(open_ends *open_both)
{
    struct ends ends;
    open_both(&ends);
    size_t size = 2 * ends.room + 1 + check_random() % 5000;
    unsigned char *data = random_bytes(size);
    unsigned char *got = random_bytes(size + 4096);
    struct call call = {call_write_all,     ends.writer, data, size, .expected = (ssize_t)size,
                        .nonblocking = true};

    check_case();
    check_did("write_all(fd, data, %zu) to %s whose buffer holds less; fd is O_NONBLOCK", size,
              ends.name);
    try_write_error(EAGAIN);
    fcntl(ends.writer, F_SETFL, O_NONBLOCK);
    start_call(&call);
    wait_stuck(&call);
    check_did("read everything");
    size_t count = drain(&call, &ends, got, size + 4096);
    if (call.result == call.expected && count < size) {
        check_got("it returned %zd, but only %zu bytes arrived", call.result, count);
    }
    finish_call(&call);
    if (call.result != -1) {
        check_same(data, size, got, count);
    }
    close_ends(&ends);
    free(data);
    free(got);
}

CHECK(write_all, refused, "write_all returns -1 with errno when the rest cannot be written")
{
    prepare_io();
    unsigned char *data = random_bytes(200000);

    for (size_t e = 0; e < COUNT(all_ends); e++) {
        struct ends ends;
        all_ends[e](&ends);
        struct call call = {call_write_all,         ends.writer, data, 10, .expected = -1,
                            .expected_errno = EPIPE};
        check_case();
        check_did("closed the reading end of %s", ends.name);
        check_did("write_all(fd, data, 10), with a handler for SIGPIPE");
        try_write_error(EPIPE);
        close(ends.reader);
        start_call(&call);
        finish_call(&call);
        close(ends.writer);

        write_nonblocking(all_ends[e]);

        all_ends[e](&ends);
        call = (struct call){call_write_all, ends.writer,    data,
                             200000,         .expected = -1, .expected_errno = EPIPE};
        check_case();
        check_did("write_all(fd, data, 200000) to %s, with a handler for SIGPIPE", ends.name);
        try_write_error(EPIPE);
        start_call(&call);
        if (wait_asleep(&call)) {
            check_did("closed the reading end while write_all waited for room");
        }
        close(ends.reader);
        // A socket that was closed with unread data says so first, to a write that moved nothing.
        if (has_returned(&call) && call.error == ECONNRESET) {
            call.expected_errno = ECONNRESET;
        }
        finish_call(&call);
        close(ends.writer);
    }

    struct call call = {call_write_all,         NOT_OPEN, data, 10, .expected = -1,
                        .expected_errno = EBADF};
    check_case();
    check_did("write_all(%d, data, 10), a descriptor that is not open", NOT_OPEN);
    try_write_error(EBADF);
    start_call(&call);
    finish_call(&call);

    static const size_t huge_sizes[] = {1UL << 31, 1UL << 32};
    void *huge = huge_memory(1UL << 32, PROT_READ);
    for (size_t i = 0; huge != NULL && i < COUNT(huge_sizes); i++) {
        call.data = huge;
        call.size = huge_sizes[i];
        check_case();
        check_did("write_all(%d, data, %zu), a descriptor that is not open", NOT_OPEN, call.size);
        note_size(call.size);
        start_call(&call);
        finish_call(&call);
    }

    // The limit makes one write(2) short, and the next one fail.
    struct rlimit before;
    getrlimit(RLIMIT_FSIZE, &before);
    struct rlimit limit = {.rlim_cur = 701, .rlim_max = before.rlim_max};
    int file = memfd_create("file", MFD_CLOEXEC);
    if (file == -1 || setrlimit(RLIMIT_FSIZE, &limit) == -1) {
        check_broken("memfd_create: %s", strerror(errno));
    }
    signal(SIGXFSZ, SIG_IGN);
    call = (struct call){call_write_all, file, data, 1000, .expected = -1, .expected_errno = EFBIG};
    check_case();
    check_did("write_all(fd, data, 1000) to a file that can only grow to 701 bytes (ulimit -f)");
    try_write_error(EFBIG);
    start_call(&call);
    finish_call(&call);
    signal(SIGXFSZ, SIG_DFL);
    setrlimit(RLIMIT_FSIZE, &before);
    free(data);
}

// --- read_full ----------------------------------------------------------------------------------

/* What strace does to a function by hand: read(2) fails, the one after the one of the C library. */
static void try_read_error(int error)
{
    check_try("%s/bytes -r 127.0.0.1 9876 | "
              "strace -e trace=read -e inject=read:error=%s:when=2 %s/bytes",
              check_directory(), strerrorname_np(error), check_directory());
}

/* One step of the other end: waits until read_full sleeps, then does these. */
struct piece {
    size_t size;    // bytes to send
    bool interrupt; // a signal first
};

/*
 * Lets read_full ask for `asked` bytes and sends these pieces, each only when it waits for more;
 * afterwards closes the sending end if `end`. Bytes above `asked` are to stay unread.
 */
static void read_pieces(open_ends *open_both, size_t asked, const struct piece *pieces,
                        size_t count, bool end)
{
    static const unsigned char last[] = {'\0', '\n', '\r', 0xff, 0x04, 0x1a}; // none ends anything
    struct ends ends;
    open_both(&ends);
    size_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total += pieces[i].size;
    }
    size_t expected = total < asked ? total : asked;
    unsigned char *data = random_bytes(total);
    for (size_t i = 0, behind = 0; i < count; i++) {
        behind += pieces[i].size;
        if (pieces[i].size > 0) {
            data[behind - 1] = last[i % COUNT(last)];
        }
    }
    unsigned char *got = random_bytes(asked + GUARD_SIZE + total);
    memset(got, GUARD, asked + GUARD_SIZE + total);
    struct call call = {read_full, ends.reader, got, asked, .expected = (ssize_t)expected};

    check_case();
    check_did("read_full(fd, data, %zu) from %s", asked, ends.name);
    if (end) {
        check_try("printf 12345 | %s/bytes", check_directory());
    } else {
        check_try("(printf '\\2\\0\\46'; read -rp 'Press Enter '; "
                  "printf '\\224\\177\\0\\0\\1\\0\\0\\0\\0\\0\\0\\0\\0') | %s/bytes",
                  check_directory());
    }
    start_call(&call);
    size_t sent = 0;
    for (size_t i = 0; i < count; i++) {
        if (!wait_asleep(&call)) {
            break;
        }
        if (pieces[i].interrupt) {
            if (i < 6) {
                check_did("a signal interrupted its read(2): EINTR");
            } else if (i == 6 && pieces[i].size == 0) {
                check_did("and so on, %zu times", count - 1);
            }
            try_read_error(EINTR);
            interrupt(&call);
            if (!wait_asleep(&call)) {
                break;
            }
        }
        if (pieces[i].size > 0) {
            if (i < 6) {
                check_did("sent %zu byte%s, the last is 0x%02x", pieces[i].size,
                          pieces[i].size == 1 ? "" : "s", data[sent + pieces[i].size - 1]);
            } else if (i == 6) {
                check_did("and so on, up to %zu pieces", count);
            }
            if (write(ends.writer, data + sent, pieces[i].size) != (ssize_t)pieces[i].size) {
                check_broken("a write to %s was short", ends.name);
            }
            sent += pieces[i].size;
        }
    }
    if (end && (sent == total || atomic_load(&call.ended))) {
        if (wait_asleep(&call)) {
            check_did("closed the sending end");
        }
        close(ends.writer);
    }
    finish_call(&call);
    check_same(data, expected, got, expected);
    check_expected("it writes nothing behind these %zu bytes", asked);
    for (size_t i = asked; i < asked + GUARD_SIZE + total; i++) {
        if (got[i] != GUARD) {
            check_got("the byte at data[%zu] has changed", i);
        }
    }
    if (!end) {
        unsigned char *left = random_bytes(total + 1);
        fcntl(ends.reader, F_SETFL, O_NONBLOCK);
        ssize_t n = read(ends.reader, left, total + 1);
        check_did("read what is left");
        check_same(data + expected, total - expected, left, n > 0 ? (size_t)n : 0);
        free(left);
        close(ends.writer);
    }
    close(ends.reader);
    free(data);
    free(got);
}

/* The bytes are here already, their writer may have gone, and errno tells of a call before. */
static void read_waiting(open_ends *open_both, int errno_before, bool gone)
{
    struct ends ends;
    open_both(&ends);
    unsigned char got[5];
    struct call call = {read_full, ends.reader,   got,
                        5,         .expected = 5, .errno_before = errno_before};

    check_case();
    check_did("sent 5 bytes into %s%s", ends.name, gone ? ", and closed the sending end" : "");
    check_did("read_full(fd, data, 5)");
    if (write(ends.writer, "hello", 5) != 5) {
        check_broken("a write to %s was short", ends.name);
    }
    if (gone) {
        close(ends.writer);
        ends.writer = -1;
    }
    start_call(&call);
    finish_call(&call);
    check_same("hello", 5, got, sizeof got);
    close_ends(&ends);
}

CHECK(read_full, all, "read_full waits for all bytes it was asked for, and takes no more")
{
    prepare_io();
    for (size_t e = 0; e < COUNT(all_ends); e++) {
        read_waiting(all_ends[e], 0, false);
        read_waiting(all_ends[e], EINTR, false);
        read_waiting(all_ends[e], EAGAIN, false);
        read_waiting(all_ends[e], 0, true);
        read_pieces(all_ends[e], 5, (struct piece[]){{.size = 5}}, 1, false);
        read_pieces(all_ends[e], 5, (struct piece[]){{.size = 2}, {.size = 3}}, 2, false);
        read_pieces(all_ends[e], 4, (struct piece[]){{.size = 10}}, 1, false);
        read_pieces(all_ends[e], 1, (struct piece[]){{.size = 3}}, 1, false);
        read_pieces(
            all_ends[e], 1000,
            (struct piece[]){{.size = 1}, {.size = 1}, {.size = 7}, {.size = 500}, {.size = 1000}},
            5, false);
        struct piece random[6];
        size_t asked = 0;
        for (size_t i = 0; i < COUNT(random); i++) {
            random[i] = (struct piece){.size = 1 + check_random() % 600};
            asked += random[i].size;
        }
        read_pieces(all_ends[e], asked, random, COUNT(random), false);
    }
    struct piece many[33]; // more bytes than 16 bits can count
    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = (struct piece){.size = 2000};
    }
    read_pieces(open_pipe, COUNT(many) * 2000, many, COUNT(many), false);
}

/*
 * Asks for more than 32 bits can count, of which 10 bytes come. Not of a function that touches all
 * the memory it is given, which it may: asked for 100 bytes, it shows that.
 */
static void read_huge(void)
{
    static const size_t sizes[] = {100, (1UL << 32) + 5};
    unsigned char *data = huge_memory(sizes[1], PROT_READ | PROT_WRITE);
    bool touched = data == NULL;

    for (size_t i = 0; i < COUNT(sizes) && !touched; i++) {
        struct ends ends;
        open_pipe(&ends);
        memset(data, GUARD, sizes[0]);
        struct call call = {read_full, ends.reader, data, sizes[i], .expected = 10};
        check_case();
        check_did("sent 10 bytes into a pipe, and closed the sending end");
        check_did("read_full(fd, data, %zu)", sizes[i]);
        if (i > 0) {
            note_size(sizes[i]);
        }
        if (write(ends.writer, "ten bytes.", 10) != 10) {
            check_broken("a write to a pipe was short");
        }
        close(ends.writer);
        start_call(&call);
        if (has_returned(&call) && call.result == -1 && call.error == ENOMEM) {
            return; // it wanted as much memory of its own, and there is a limit
        }
        finish_call(&call);
        check_same("ten bytes.", 10, data, 10);
        for (size_t j = 10; j < sizes[0]; j++) {
            touched = touched || data[j] != GUARD;
        }
        close(ends.reader);
    }
}

/* The descriptor does not block, and `sent` of 10 bytes are there. */
static void read_nonblocking(open_ends *open_both, size_t sent)
{
    struct ends ends;
    open_both(&ends);
    const char *data = "ten bytes.";
    char got[10];
    struct call call = {read_full, ends.reader, got, 10, .expected = 10, .nonblocking = true};

    check_case();
    check_did("sent %zu bytes into %s, and nothing was closed", sent, ends.name);
    check_did("read_full(fd, data, 10); fd is O_NONBLOCK");
    try_read_error(EAGAIN);
    fcntl(ends.reader, F_SETFL, O_NONBLOCK);
    if (sent > 0 && write(ends.writer, data, sent) != (ssize_t)sent) {
        check_broken("a write to %s was short", ends.name);
    }
    start_call(&call);
    wait_stuck(&call);
    if (!atomic_load(&call.ended) &&
        write(ends.writer, data + sent, 10 - sent) != (ssize_t)(10 - sent)) {
        check_broken("a write to %s was short", ends.name);
    }
    finish_call(&call);
    if (call.result != -1) {
        check_same(data, 10, got, 10);
    }
    close_ends(&ends);
}

CHECK(read_full, last,
      "read_full returns fewer bytes at the end of file, and -1 with errno on errors")
{
    prepare_io();
    for (size_t e = 0; e < COUNT(all_ends); e++) {
        read_pieces(all_ends[e], 10, (struct piece[]){{.size = 3}}, 1, true);
        read_pieces(all_ends[e], 10, (struct piece[]){{.size = 3}, {.size = 4}}, 2, true);
        read_pieces(all_ends[e], 10, NULL, 0, true);
        read_pieces(all_ends[e], 0, NULL, 0, false);
    }

    read_huge();
    for (size_t e = 0; e < COUNT(all_ends); e++) {
        read_nonblocking(all_ends[e], 3);
        read_nonblocking(all_ends[e], 0);
    }

    unsigned char got[16];
    struct ends ends;
    open_resetting(&ends);
    struct call call = {read_full, ends.reader,    got,
                        10,        .expected = -1, .expected_errno = ECONNRESET};
    check_case();
    check_did("the peer sent 3 bytes and then reset the connection");
    check_did("read_full(fd, data, 10) from a socket");
    try_read_error(ECONNRESET);
    struct pollfd arrived = {.fd = ends.reader, .events = POLLIN};
    if (write(ends.writer, "abc", 3) != 3 || poll(&arrived, 1, -1) != 1) {
        check_broken("write: %s", strerror(errno));
    }
    close(ends.writer);
    start_call(&call);
    finish_call(&call);
    close(ends.reader);

    call = (struct call){read_full, NOT_OPEN, got, 10, .expected = -1, .expected_errno = EBADF};
    check_case();
    check_did("read_full(%d, data, 10), a descriptor that is not open", NOT_OPEN);
    try_read_error(EBADF);
    start_call(&call);
    finish_call(&call);
}

CHECK(read_full, interrupted, "read_full goes on after EINTR, and loses nothing")
{
    prepare_io();
    struct piece many[MANY_SIGNALS + 1];
    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = (struct piece){.interrupt = true};
    }
    many[MANY_SIGNALS] = (struct piece){.size = 100};
    for (size_t e = 0; e < COUNT(all_ends); e++) {
        read_pieces(all_ends[e], 8, (struct piece[]){{.size = 8, .interrupt = true}}, 1, false);
        read_pieces(all_ends[e], 100,
                    (struct piece[]){{.size = 40, .interrupt = true},
                                     {.size = 1, .interrupt = true},
                                     {.size = 0, .interrupt = true},
                                     {.size = 70, .interrupt = true}},
                    4, false);
        read_pieces(all_ends[e], 100, many, COUNT(many), false);
        read_pieces(all_ends[e], 100,
                    (struct piece[]){{.size = 40}, {.size = 5, .interrupt = true}}, 2, true);
    }
}
