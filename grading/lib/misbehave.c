/*
 * misbehave.c - a kernel that does what kernels may do, but rarely do in a test.
 *
 *     LD_PRELOAD=misbehave.so FAULTS=accept:ECONNABORTED:1-3,write:short:1- ./server 9876
 *
 * FAULTS is a list of CALL:EFFECT:FIRST[-[LAST]]. Calls are counted from 1, by the whole process
 * and its children as they are forked. CALL: accept read write fork pthread_create connect listen
 * socket close poll; it stands for its relatives too (accept4; recv, readv; send, writev; vfork,
 * posix_spawn; select, epoll_wait, ...). read and write count only on sockets; stdout is a write to
 * descriptor 1 when that is none. EFFECT:
 *
 *     an errno's name   it fails so; after `EINTR+CHLD` (or another errno) a SIGCHLD comes before the
 *                       program can look at errno
 *     short             of read, write and stdout: at most 3 bytes. wait:short makes every time limit
 *                       (of poll, select, epoll_wait, alarm, SO_RCVTIMEO) a thousand times as short:
 *                       whoever gives up, does so soon
 *     late              accept and poll begin, and fork returns to the parent, only when a child has
 *                       ended (or there is none). close of a connection returns when another client
 *                       has got the number. All of them half a second later at the latest
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum call {
    ACCEPT,
    READ,
    WRITE,
    STDOUT,
    FORK,
    THREAD,
    CONNECT,
    LISTEN,
    SOCKET,
    CLOSE,
    POLL,
    WAIT,
    CALLS
};
enum {
    FAULTS_MAX = 16,
    SHORT = -1,
    LATE = -2,
    SHORT_SIZE = 3,
    SHORT_TIME = 1000,
    LATE_MS = 500,
    NUMBERS = 1024,
};

static const char *const call_names[CALLS] = {"accept", "read",           "write",   "stdout",
                                              "fork",   "pthread_create", "connect", "listen",
                                              "socket", "close",          "poll",    "wait"};

static struct fault {
    enum call call;
    int effect;  // an errno, SHORT or LATE
    bool signal; // SIGCHLD comes at the wrong moment
    long first, last;
} faults[FAULTS_MAX];
static int fault_count;
static atomic_long counts[CALLS];

// Which numbers are connections that were accepted, and the one that was closed `late`.
static bool is_accepted[NUMBERS];
static int closed_late = -1;
static pthread_mutex_t late_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t number_taken = PTHREAD_COND_INITIALIZER;

static const struct {
    const char *name;
    int number;
} effects[] = {
    {"short", SHORT},
    {"late", LATE},
    {"EINTR", EINTR},
    {"EAGAIN", EAGAIN},
    {"EMFILE", EMFILE},
    {"ENFILE", ENFILE},
    {"ENOBUFS", ENOBUFS},
    {"ENOMEM", ENOMEM},
    {"ECONNABORTED", ECONNABORTED},
    {"ECONNRESET", ECONNRESET},
    {"ECONNREFUSED", ECONNREFUSED},
    {"EPIPE", EPIPE},
    {"EPROTO", EPROTO},
    {"EADDRINUSE", EADDRINUSE},
    {"EBADF", EBADF},
    {"EIO", EIO},
};

static bool take_fault(char *text)
{
    char *rest, *call = strtok_r(text, ":", &rest), *effect = strtok_r(NULL, ":", &rest), *dash;
    struct fault fault = {.call = CALLS, .effect = 0};
    if (call == NULL || effect == NULL || rest == NULL || fault_count == FAULTS_MAX)
        return false;
    char *plus = strchr(effect, '+');
    if (plus != NULL) {
        fault.signal = strcmp(plus, "+CHLD") == 0;
        *plus = '\0';
    }
    for (int i = 0; i < CALLS; i++)
        if (strcmp(call_names[i], call) == 0)
            fault.call = (enum call)i;
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++)
        if (strcmp(effects[i].name, effect) == 0)
            fault.effect = effects[i].number;
    fault.first = fault.last = strtol(rest, &dash, 10);
    if (*dash == '-')
        fault.last = dash[1] != '\0' ? atol(dash + 1) : 1L << 40;
    faults[fault_count++] = fault;
    return fault.call != CALLS && fault.effect != 0 && fault.first > 0 &&
           (plus == NULL || (fault.signal && fault.effect > 0));
}

// Is this valgrind, which is a script in Debian, before it has come to the program?
static bool is_on_the_way(void)
{
    const char *name = program_invocation_short_name;
    return strcmp(name, "sh") == 0 || strncmp(name, "valgrind", strlen("valgrind")) == 0;
}

__attribute__((constructor)) static void read_faults(void)
{
    if (is_on_the_way())
        return;
    const char *text = getenv("FAULTS");
    char *copy = text != NULL ? strdup(text) : NULL, *rest = copy;
    for (char *one; copy != NULL && (one = strtok_r(rest, ",", &rest)) != NULL;)
        if (!take_fault(one)) {
            static const char message[] = "misbehave: malformed FAULTS\n";
            if (write(2, message, sizeof message - 1) == -1)
                _exit(126);
            _exit(125);
        }
    free(copy);
    // What the program starts itself shall behave.
    unsetenv("LD_PRELOAD");
    unsetenv("FAULTS");
}

// Counts a call. Returns the fault it meets, NULL for none.
static const struct fault *meet(enum call call)
{
    long count = atomic_fetch_add(&counts[call], 1) + 1;
    for (int i = 0; i < fault_count; i++)
        if (faults[i].call == call && count >= faults[i].first && count <= faults[i].last)
            return &faults[i];
    return NULL;
}

// Returns true, with errno, if this fault lets the call fail.
static bool strike(const struct fault *fault)
{
    if (fault == NULL || fault->effect < 0)
        return false;
    errno = fault->effect;
    // A handler that does not put errno back leaves its own there.
    if (fault->signal)
        raise(SIGCHLD);
    return true;
}

static bool is_socket(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode);
}

// Returns when a child has ended, and leaves it to the program to reap it; when there is none; or
// after half a second, as the child may itself be waiting for its parent.
static void wait_for_a_child_to_end(void)
{
    const struct timespec millisecond = {.tv_nsec = 1000 * 1000};
    int error = errno;
    siginfo_t ended = {.si_pid = 0};
    for (int i = 0; i < LATE_MS && ended.si_pid == 0; i++) {
        if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == -1)
            break;
        syscall(SYS_ppoll, NULL, 0, &millisecond, NULL); // poll is ours here
    }
    errno = error;
}

// For calls that wait: a late one lets a child end first.
static void be_late(const struct fault *fault)
{
    if (fault != NULL && fault->effect == LATE)
        wait_for_a_child_to_end();
}

// For calls that cannot be short. Returns true, with errno, if this one fails.
static bool fails(enum call call)
{
    const struct fault *fault = meet(call);
    be_late(fault);
    return strike(fault);
}

// For reading and writing: makes *size shorter, or returns true, with errno, if it fails.
static bool fails_or_shortens(enum call call, int fd, size_t *size)
{
    if (!is_socket(fd)) {
        if (call != WRITE || fd != STDOUT_FILENO)
            return false;
        call = STDOUT;
    }
    const struct fault *fault = meet(call);
    if (fault != NULL && fault->effect == SHORT && *size > SHORT_SIZE)
        *size = SHORT_SIZE;
    return strike(fault);
}

// Does this wait with a time limit meet a short one?
static bool hurries(void)
{
    const struct fault *fault = meet(WAIT);
    return fault != NULL && fault->effect == SHORT;
}

// A thousandth of a time limit; none, and none at all, stay what they are.
static int shorten_ms(int ms)
{
    return ms > 0 && hurries() ? (ms + SHORT_TIME - 1) / SHORT_TIME : ms;
}

static void shorten_timespec(struct timespec *limit)
{
    if ((limit->tv_sec == 0 && limit->tv_nsec == 0) || !hurries())
        return;
    long us =
        (long)limit->tv_sec * (1000000 / SHORT_TIME) + limit->tv_nsec / (1000 * SHORT_TIME) + 1;
    *limit = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static void shorten_timeval(struct timeval *limit)
{
    struct timespec same = {.tv_sec = limit->tv_sec, .tv_nsec = limit->tv_usec * 1000};
    shorten_timespec(&same);
    *limit = (struct timeval){.tv_sec = same.tv_sec, .tv_usec = same.tv_nsec / 1000};
}

// The next definition of a function, found once. A union, as ISO C casts no object to a function.
#define REAL(name, type)                                                                           \
    static union {                                                                                 \
        void *object;                                                                              \
        type *function;                                                                            \
    } real_##name;                                                                                 \
    if (real_##name.object == NULL)                                                                \
    real_##name.object = dlsym(RTLD_NEXT, #name)

// glibc declares addresses as transparent unions, which ISO C does not know.
#pragma GCC diagnostic ignored "-Wpedantic"

#define EXPORT __attribute__((visibility("default")))

typedef int accept_function(int, struct sockaddr *, socklen_t *);
typedef int accept4_function(int, struct sockaddr *, socklen_t *, int);
typedef ssize_t read_function(int, void *, size_t);
typedef ssize_t write_function(int, const void *, size_t);
typedef ssize_t recv_function(int, void *, size_t, int);
typedef ssize_t send_function(int, const void *, size_t, int);
typedef ssize_t recvfrom_function(int, void *, size_t, int, struct sockaddr *, socklen_t *);
typedef ssize_t sendto_function(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
typedef ssize_t vector_function(int, const struct iovec *, int);
typedef ssize_t recvmsg_function(int, struct msghdr *, int);
typedef ssize_t sendmsg_function(int, const struct msghdr *, int);
typedef pid_t fork_function(void);
typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
                           const posix_spawnattr_t *, char *const[], char *const[]);
typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
typedef int connect_function(int, const struct sockaddr *, socklen_t);
typedef int listen_function(int, int);
typedef int socket_function(int, int, int);
typedef int close_function(int);
typedef int poll_function(struct pollfd *, nfds_t, int);
typedef int ppoll_function(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
typedef int select_function(int, fd_set *, fd_set *, fd_set *, struct timeval *);
typedef int pselect_function(int, fd_set *, fd_set *, fd_set *, const struct timespec *,
                             const sigset_t *);
typedef int epoll_wait_function(int, struct epoll_event *, int, int);
typedef int setsockopt_function(int, int, int, const void *, socklen_t);

// Tells who closed this number late that it is a connection's again.
static int tell_accepted(int fd)
{
    if (fd < 0 || fd >= NUMBERS)
        return fd;
    pthread_mutex_lock(&late_lock);
    is_accepted[fd] = true;
    if (closed_late == fd)
        closed_late = -1;
    pthread_cond_broadcast(&number_taken);
    pthread_mutex_unlock(&late_lock);
    return fd;
}

EXPORT int accept(int fd, struct sockaddr *address, socklen_t *size)
{
    REAL(accept, accept_function);
    return fails(ACCEPT) ? -1 : tell_accepted(real_accept.function(fd, address, size));
}

EXPORT int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    REAL(accept4, accept4_function);
    return fails(ACCEPT) ? -1 : tell_accepted(real_accept4.function(fd, address, size, flags));
}

EXPORT ssize_t read(int fd, void *data, size_t size)
{
    REAL(read, read_function);
    return fails_or_shortens(READ, fd, &size) ? -1 : real_read.function(fd, data, size);
}

// What read() and recv() are called when the compiler checks buffers (_FORTIFY_SOURCE).
ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
EXPORT ssize_t __read_chk(int fd, void *data, size_t size, size_t room)
{
    return size > room ? (abort(), -1) : read(fd, data, size);
}

EXPORT ssize_t recv(int fd, void *data, size_t size, int flags)
{
    REAL(recv, recv_function);
    return fails_or_shortens(READ, fd, &size) ? -1 : real_recv.function(fd, data, size, flags);
}

ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags);
EXPORT ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
    return size > room ? (abort(), -1) : recv(fd, data, size, flags);
}

EXPORT ssize_t recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
                        socklen_t *from_size)
{
    REAL(recvfrom, recvfrom_function);
    return fails_or_shortens(READ, fd, &size)
               ? -1
               : real_recvfrom.function(fd, data, size, flags, from, from_size);
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write, write_function);
    return fails_or_shortens(WRITE, fd, &size) ? -1 : real_write.function(fd, data, size);
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
    REAL(send, send_function);
    return fails_or_shortens(WRITE, fd, &size) ? -1 : real_send.function(fd, data, size, flags);
}

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
                      socklen_t to_size)
{
    REAL(sendto, sendto_function);
    return fails_or_shortens(WRITE, fd, &size)
               ? -1
               : real_sendto.function(fd, data, size, flags, to, to_size);
}

// A short vector call is a short call of its first part that is not empty.
static const struct iovec *shorten(const struct iovec *parts, int count, size_t size,
                                   struct iovec *part)
{
    while (count > 1 && parts->iov_len == 0) {
        parts++;
        count--;
    }
    *part = *parts;
    if (part->iov_len > size)
        part->iov_len = size;
    return part;
}

static size_t vector_size(const struct iovec *parts, size_t count)
{
    size_t size = 0;
    while (count-- > 0)
        size += parts[count].iov_len;
    return size;
}

EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
    REAL(readv, vector_function);
    struct iovec part;
    size_t all = vector_size(parts, (size_t)count), size = all;
    if (fails_or_shortens(READ, fd, &size))
        return -1;
    return size == all ? real_readv.function(fd, parts, count)
                       : real_readv.function(fd, shorten(parts, count, size, &part), 1);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev, vector_function);
    struct iovec part;
    size_t all = vector_size(parts, (size_t)count), size = all;
    if (fails_or_shortens(WRITE, fd, &size))
        return -1;
    return size == all ? real_writev.function(fd, parts, count)
                       : real_writev.function(fd, shorten(parts, count, size, &part), 1);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    REAL(recvmsg, recvmsg_function);
    size_t size = vector_size(message->msg_iov, message->msg_iovlen);
    return fails_or_shortens(READ, fd, &size) ? -1 : real_recvmsg.function(fd, message, flags);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg, sendmsg_function);
    struct iovec part;
    size_t all = vector_size(message->msg_iov, message->msg_iovlen), size = all;
    if (fails_or_shortens(WRITE, fd, &size))
        return -1;
    if (size == all)
        return real_sendmsg.function(fd, message, flags);
    struct msghdr shorter = *message;
    shorten(message->msg_iov, (int)message->msg_iovlen, size, &part);
    shorter.msg_iov = &part;
    shorter.msg_iovlen = 1;
    return real_sendmsg.function(fd, &shorter, flags);
}

EXPORT pid_t fork(void)
{
    REAL(fork, fork_function);
    const struct fault *fault = meet(FORK);
    if (strike(fault))
        return -1;
    pid_t pid = real_fork.function();
    if (pid > 0)
        be_late(fault);
    return pid;
}

EXPORT pid_t _Fork(void)
{
    return fork();
}

// Nobody can return from vfork() twice but vfork() itself; fork() is all that POSIX promises of it.
EXPORT pid_t vfork(void)
{
    return fork();
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    REAL(posix_spawn, spawn_function);
    const struct fault *fault = meet(FORK);
    if (fault != NULL && fault->effect > 0)
        return fault->effect;
    int error = real_posix_spawn.function(pid, path, actions, attributes, argv, env);
    be_late(fault);
    return error;
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg)
{
    REAL(pthread_create, create_function);
    const struct fault *fault = meet(THREAD);
    return fault != NULL && fault->effect > 0
               ? fault->effect
               : real_pthread_create.function(thread, attributes, start, arg);
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    REAL(connect, connect_function);
    return fails(CONNECT) ? -1 : real_connect.function(fd, address, size);
}

EXPORT int listen(int fd, int backlog)
{
    REAL(listen, listen_function);
    return fails(LISTEN) ? -1 : real_listen.function(fd, backlog);
}

EXPORT int socket(int family, int type, int protocol)
{
    REAL(socket, socket_function);
    return fails(SOCKET) ? -1 : real_socket.function(family, type, protocol);
}

static int close_late(int fd, close_function *really_close)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += LATE_MS * 1000L * 1000;
    end.tv_sec += end.tv_nsec / (1000 * 1000 * 1000);
    end.tv_nsec %= 1000 * 1000 * 1000;
    pthread_mutex_lock(&late_lock);
    bool accepted = fd >= 0 && fd < NUMBERS && is_accepted[fd];
    if (accepted) {
        is_accepted[fd] = false;
        closed_late = fd;
    }
    int done = really_close(fd);
    while (accepted && closed_late == fd &&
           pthread_cond_timedwait(&number_taken, &late_lock, &end) == 0)
        ;
    pthread_mutex_unlock(&late_lock);
    return done;
}

EXPORT int close(int fd)
{
    REAL(close, close_function);
    const struct fault *fault = meet(CLOSE);
    if (strike(fault))
        return -1;
    return fault != NULL && fault->effect == LATE ? close_late(fd, real_close.function)
                                                  : real_close.function(fd);
}

// --- Time limits ----------------------------------------------------------------------------

EXPORT int poll(struct pollfd *fds, nfds_t count, int ms)
{
    REAL(poll, poll_function);
    return fails(POLL) ? -1 : real_poll.function(fds, count, shorten_ms(ms));
}

EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit,
                 const sigset_t *mask)
{
    REAL(ppoll, ppoll_function);
    struct timespec less;
    if (limit != NULL) {
        less = *limit;
        shorten_timespec(&less);
    }
    return fails(POLL) ? -1 : real_ppoll.function(fds, count, limit != NULL ? &less : NULL, mask);
}

EXPORT int select(int size, fd_set *in, fd_set *out, fd_set *except, struct timeval *limit)
{
    REAL(select, select_function);
    if (limit != NULL)
        shorten_timeval(limit);
    return fails(POLL) ? -1 : real_select.function(size, in, out, except, limit);
}

EXPORT int pselect(int size, fd_set *in, fd_set *out, fd_set *except, const struct timespec *limit,
                   const sigset_t *mask)
{
    REAL(pselect, pselect_function);
    struct timespec less;
    if (limit != NULL) {
        less = *limit;
        shorten_timespec(&less);
    }
    return fails(POLL)
               ? -1
               : real_pselect.function(size, in, out, except, limit != NULL ? &less : NULL, mask);
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int most, int ms)
{
    REAL(epoll_wait, epoll_wait_function);
    return fails(POLL) ? -1 : real_epoll_wait.function(fd, events, most, shorten_ms(ms));
}

EXPORT unsigned alarm(unsigned seconds)
{
    struct itimerval limit = {.it_value = {.tv_sec = seconds}}, before;
    shorten_timeval(&limit.it_value);
    setitimer(ITIMER_REAL, &limit, &before);
    return (unsigned)before.it_value.tv_sec + (before.it_value.tv_usec > 0);
}

EXPORT int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    REAL(setsockopt, setsockopt_function);
    struct timeval less;
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) &&
        size == sizeof less) {
        memcpy(&less, value, sizeof less);
        shorten_timeval(&less);
        value = &less;
    }
    return real_setsockopt.function(fd, level, option, value, size);
}
