/*
 * misbehave.c - a kernel that does what kernels may do, but rarely do in a test.
 *
 *     LD_PRELOAD=misbehave.so FAULTS=accept:ECONNABORTED:1-3,write:short:1- ./server 9876
 *
 * FAULTS is a list of CALL:EFFECT:FIRST[-[LAST]][@all]. Calls are counted from 1, by the whole process
 * and its children as they are forked; or, with @all, by all processes together. CALL: accept read
 * write fork pthread_create connect listen socket close poll mmap lock unlock; it stands for its
 * relatives too (accept4; recv, readv; send, writev; vfork, posix_spawn; select, epoll_wait;
 * sem_wait, ...). read and write count only on sockets of IPv4 and IPv6; stdout is a write to
 * descriptor 1 when that is none. EFFECT:
 *
 *     an errno's name   it fails so; after `EINTR+CHLD` (or another errno) a SIGCHLD comes before the
 *                       program can look at errno. With EPIPE of write comes SIGPIPE, as from
 *                       the kernel, unless the call has MSG_NOSIGNAL
 *     short             of read, write and stdout: at most 3 bytes. wait:short makes every time limit
 *                       (of poll, select, epoll_wait, alarm, setitimer, SO_RCVTIMEO) a thousand times
 *                       as short: whoever gives up, does so soon. nap:short does it to nanosleep,
 *                       usleep, sleep, sigtimedwait, timerfd: whoever tries again, does so soon
 *     long              wait:long makes every time limit a thousand times as long: who needs a clock
 *                       to go on, stays
 *     late              accept and poll begin, and fork returns to the parent, only when a child has
 *                       ended (or there is none). If accept or poll is to be late, a child begins
 *                       only then. close of a connection returns when another client has got the
 *                       number
 *     flood             of read: this connection brings 250000 bytes more, one by one, as fast as they
 *                       can be taken, and in two processes at the same time. Their echo vanishes.
 *                       Of accept: this client comes 50000 times more, in the same way, says
 *                       nothing, and ends
 *     kill              of lock and unlock: SIGKILL comes as soon as the lock is had, or just before
 *                       it is given back; not to the first process, whose calls are not counted
 */
#include "misbehave.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FAULTS_MAX = 16 };

static const char *const call_names[CALLS] = {
    "accept", "read",  "write", "stdout", "fork", "pthread_create", "connect", "listen",
    "socket", "close", "poll",  "wait",   "nap",  "mmap",           "lock",    "unlock"};

static struct fault faults[FAULTS_MAX];
static int fault_count;
static atomic_long counts[CALLS];
static struct common alone;
struct common *common = &alone;
static pid_t first_process;

static const struct {
    const char *name;
    int number;
} effects[] = {
    {"short", SHORT},
    {"late", LATE},
    {"long", LONG},
    {"kill", KILL},
    {"flood", FLOOD},
    {"EINTR", EINTR},
    {"EAGAIN", EAGAIN},
    {"EMFILE", EMFILE},
    {"ENFILE", ENFILE},
    {"ENOBUFS", ENOBUFS},
    {"ENOMEM", ENOMEM},
    {"ECONNABORTED", ECONNABORTED},
    {"ECONNRESET", ECONNRESET},
    {"ECONNREFUSED", ECONNREFUSED},
    {"ETIMEDOUT", ETIMEDOUT},
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
    char *at = strchr(rest, '@');
    if (at != NULL) {
        fault.all = true;
        *at = '\0';
    }
    fault.first = fault.last = strtol(rest, &dash, 10);
    if (*dash == '-')
        fault.last = dash[1] != '\0' ? atol(dash + 1) : 1L << 40;
    faults[fault_count++] = fault;
    return fault.call != CALLS && fault.effect != 0 && fault.first > 0 &&
           (plus == NULL || (fault.signal && fault.effect > 0));
}

static void share_common(void)
{
    void *page =
        mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page != MAP_FAILED)
        common = page;
    counts[MMAP] = common->counts[MMAP] = 0; // that one was ours
}

// Is this strace, or valgrind, which is a script in Debian, before it has come to the program?
static bool is_on_the_way(void)
{
    const char *name = program_invocation_short_name;
    return strcmp(name, "sh") == 0 || strcmp(name, "strace") == 0 ||
           strncmp(name, "valgrind", strlen("valgrind")) == 0;
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
    first_process = getpid();
    share_common();
    // What the program starts itself shall behave.
    unsetenv("LD_PRELOAD");
    unsetenv("FAULTS");
}

// The kernel never sees a call that fails here. What strace(1) sees instead is a write that fails.
static void tell_trace(const struct fault *fault)
{
    char text[64];
    if (fault->effect < 0)
        return;
    int error = errno;
    int size = snprintf(text, sizeof text, "misbehave: %s %s", call_names[fault->call],
                        strerrorname_np(fault->effect));
    syscall(SYS_write, -1, text, (size_t)size);
    errno = error;
}

const struct fault *meet(enum call call)
{
    long own = atomic_fetch_add(&counts[call], 1) + 1;
    long all = atomic_fetch_add(&common->counts[call], 1) + 1;
    for (int i = 0; i < fault_count; i++) {
        long count = faults[i].all ? all : own;
        if (faults[i].call == call && count >= faults[i].first && count <= faults[i].last) {
            tell_trace(&faults[i]);
            return &faults[i];
        }
    }
    return NULL;
}

bool is_first_process(void)
{
    return getpid() == first_process;
}

bool will_be_late(enum call call)
{
    for (int i = 0; i < fault_count; i++)
        if (faults[i].call == call && faults[i].effect == LATE && faults[i].last > counts[call])
            return true;
    return false;
}

bool strike(const struct fault *fault)
{
    if (fault == NULL || fault->effect < 0)
        return false;
    errno = fault->effect;
    // A handler that does not put errno back leaves its own there.
    if (fault->signal)
        raise(SIGCHLD);
    return true;
}

bool fails(enum call call)
{
    const struct fault *fault = meet(call);
    be_late(fault);
    return strike(fault);
}
