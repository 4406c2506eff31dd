/*
 * observe.c - see observe.h.
 */
#include "observe.h"

#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// Reads a small file of /proc whole. Returns its size, -1 if it cannot be read.
static ssize_t read_proc(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return -1;
    ssize_t n = read(fd, text, size - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n;
}

// Calls each(tid) for the threads of a process. Returns how many there are.
static size_t each_thread(pid_t pid, void (*each)(pid_t pid, pid_t tid, void *arg), void *arg)
{
    char path[64];
    size_t count = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return 0;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        if (!isdigit((unsigned char)task->d_name[0]))
            continue;
        count++;
        if (each != NULL)
            each(pid, (pid_t)atoi(task->d_name), arg);
    }
    closedir(tasks);
    return count;
}

// The state letter of a thread and what stands behind it in stat: the name may hold anything.
static char thread_state(pid_t pid, pid_t tid, char *stat, size_t size, char **rest)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid, (int)tid);
    if (read_proc(path, stat, size) <= 0)
        return '\0';
    char *end = strrchr(stat, ')');
    if (end == NULL || end[1] != ' ')
        return '\0';
    *rest = end + 3;
    return end[2];
}

void observe_family(struct family *family, pid_t root, bool orphans)
{
    family->count = process_tree(root, family->pids, FAMILY_SIZE);
    if (family->count > FAMILY_SIZE)
        family->count = FAMILY_SIZE;
    if (!orphans)
        return;
    size_t room = FAMILY_SIZE - family->count;
    size_t found = process_orphans(family->pids + family->count, room);
    family->count += found < room ? found : room;
}

// Has its tracer still to let it go on? One that sleeps has stopped it for good: a SIGSTOP came.
static bool waits_for_tracer(pid_t pid, pid_t tid)
{
    char path[96], text[4096], *rest;
    snprintf(path, sizeof path, "/proc/%d/task/%d/status", (int)pid, (int)tid);
    if (read_proc(path, text, sizeof text) <= 0)
        return false;
    const char *tracer = strstr(text, "\nTracerPid:");
    pid_t by = tracer != NULL ? (pid_t)atoi(tracer + strlen("\nTracerPid:")) : 0;
    char state = by > 0 ? thread_state(by, by, text, sizeof text, &rest) : '\0';
    return state == 'R' || state == 'D';
}

static void add_thread_activity(pid_t pid, pid_t tid, void *arg)
{
    struct activity *activity = arg;
    char path[96], text[512], *rest;
    unsigned long long ran = 0, delayed = 0, slices = 0;

    char state = thread_state(pid, tid, text, sizeof text, &rest);
    if (state == 'R' || state == 'D' || (state == 't' && waits_for_tracer(pid, tid)))
        activity->runnable = true;
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", (int)pid, (int)tid);
    if (read_proc(path, text, sizeof text) > 0)
        sscanf(text, "%llu %llu %llu", &ran, &delayed, &slices);
    activity->cpu_ns += ran;
    activity->delay_ns += delayed;
    activity->turns += slices;
    activity->moves += ran + slices + 1;
}

void observe_activity(const struct family *family, struct activity *activity)
{
    *activity = (struct activity){0};
    for (size_t i = 0; i < family->count; i++) {
        each_thread(family->pids[i], add_thread_activity, activity);
        activity->memory += observe_memory(family->pids[i], true);
        if (!observe_is_zombie(family->pids[i]))
            activity->processes++;
    }
}

bool observe_is_zombie(pid_t pid)
{
    char stat[512], *rest;
    return thread_state(pid, pid, stat, sizeof stat, &rest) == 'Z' && observe_threads(pid) <= 1;
}

static void note_unstopped(pid_t pid, pid_t tid, void *arg)
{
    char stat[512], *rest;
    char state = thread_state(pid, tid, stat, sizeof stat, &rest);
    // A leader that has ended before the others cannot be stopped any more. What a tracer stops for
    // a moment is as good as stopped for those who have sent SIGSTOP.
    if (state != 'T' && state != 't' && state != 'Z')
        *(bool *)arg = true;
}

bool observe_is_stopped(pid_t pid)
{
    bool unstopped = false;
    return each_thread(pid, note_unstopped, &unstopped) > 0 && !unstopped &&
           !observe_is_zombie(pid);
}

size_t observe_threads(pid_t pid)
{
    return each_thread(pid, NULL, NULL);
}

// A thread whose descriptors can be listed: the leader may have ended before the others.
static void note_living_thread(pid_t pid, pid_t tid, void *arg)
{
    char stat[512], *rest;
    if (thread_state(pid, tid, stat, sizeof stat, &rest) != 'Z')
        *(pid_t *)arg = tid;
}

static pid_t living_thread(pid_t pid)
{
    pid_t tid = pid;
    each_thread(pid, note_living_thread, &tid);
    return tid;
}

// Calls each with every descriptor of a process and what it points to.
static void each_descriptor(pid_t pid, void (*each)(int fd, const char *link, void *arg), void *arg)
{
    char path[64], link[256];
    snprintf(path, sizeof path, "/proc/%d/task/%d/fd", (int)pid, (int)living_thread(pid));
    DIR *fds = opendir(path);
    if (fds == NULL)
        return;
    for (struct dirent *fd; (fd = readdir(fds)) != NULL;) {
        ssize_t n = readlinkat(dirfd(fds), fd->d_name, link, sizeof link - 1);
        if (n <= 0)
            continue;
        link[n] = '\0';
        each(atoi(fd->d_name), link, arg);
    }
    closedir(fds);
}

struct counter {
    const char *prefix;
    size_t count;
};

static void count_prefix(int fd, const char *link, void *arg)
{
    (void)fd;
    struct counter *counter = arg;
    if (strncmp(link, counter->prefix, strlen(counter->prefix)) == 0)
        counter->count++;
}

size_t observe_descriptors(pid_t pid, bool only_sockets)
{
    struct counter counter = {.prefix = only_sockets ? "socket:" : ""};
    each_descriptor(pid, count_prefix, &counter);
    return counter.count;
}

int observe_free_descriptor(pid_t pid)
{
    char path[96];
    struct stat info;
    pid_t tid = living_thread(pid);
    int fd = -1;
    do
        snprintf(path, sizeof path, "/proc/%d/task/%d/fd/%d", (int)pid, (int)tid, ++fd);
    while (lstat(path, &info) == 0);
    return fd;
}

static void take_highest(int fd, const char *link, void *arg)
{
    (void)link;
    int *highest = arg;
    if (fd > *highest)
        *highest = fd;
}

int observe_highest_descriptor(pid_t pid)
{
    int highest = -1;
    each_descriptor(pid, take_highest, &highest);
    return highest;
}

bool observe_holds(pid_t pid, ino_t inode)
{
    char name[64];
    struct counter counter = {.prefix = name};
    snprintf(name, sizeof name, "socket:[%llu]", (unsigned long long)inode);
    each_descriptor(pid, count_prefix, &counter);
    return counter.count > 0;
}

uint64_t observe_memory(pid_t pid, bool resident)
{
    char path[64], text[128];
    unsigned long long all = 0, in_memory = 0;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    if (read_proc(path, text, sizeof text) > 0)
        sscanf(text, "%llu %llu", &all, &in_memory);
    if (all == 0) {
        // A leader that has ended before the others has none any more; they have.
        snprintf(path, sizeof path, "/proc/%d/task/%d/statm", (int)pid, (int)living_thread(pid));
        if (read_proc(path, text, sizeof text) > 0)
            sscanf(text, "%llu %llu", &all, &in_memory);
    }
    return (resident ? in_memory : all) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t observe_pages(pid_t pid, const char *kind)
{
    char path[64], text[2048], name[64];
    unsigned long long kib = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    snprintf(name, sizeof name, "\n%s:", kind);
    const char *line = read_proc(path, text, sizeof text) > 0 ? strstr(text, name) : NULL;
    if (line != NULL)
        sscanf(line + strlen(name), "%llu", &kib);
    return kib * 1024;
}

pid_t observe_parent(pid_t pid)
{
    char stat[512], *rest;
    if (thread_state(pid, pid, stat, sizeof stat, &rest) == '\0')
        return 0;
    return (pid_t)atoi(rest);
}

// The call that a thread sleeps in, or "running": the kernel answers when the thread has left the
// processor, or goes on after all. Returns false when it may not be asked.
static bool read_system_call(pid_t pid, pid_t tid, char *text, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/task/%d/syscall", (int)pid, (int)tid);
    return read_proc(path, text, size) > 0;
}

static void note_running(pid_t pid, pid_t tid, void *arg)
{
    char text[256];
    if (read_system_call(pid, tid, text, sizeof text) && strncmp(text, "running", 7) == 0)
        *(bool *)arg = true;
}

bool observe_is_running(pid_t pid)
{
    bool running = false;
    each_thread(pid, note_running, &running);
    return running;
}

const char *observe_system_call(pid_t pid, pid_t tid)
{
    static const struct {
        long number;
        const char *name;
    } calls[] = {
        {SYS_read, "read"},
        {SYS_readv, "read"},
        {SYS_recvfrom, "recv"},
        {SYS_recvmsg, "recv"},
        {SYS_write, "write"},
        {SYS_writev, "write"},
        {SYS_sendto, "send"},
        {SYS_sendmsg, "send"},
        {SYS_accept, "accept"},
        {SYS_accept4, "accept"},
        {SYS_connect, "connect"},
        {SYS_wait4, "wait"},
        {SYS_waitid, "wait"},
        {SYS_futex, "futex (a lock or a join)"},
        {SYS_nanosleep, "sleep"},
        {SYS_clock_nanosleep, "sleep"},
#ifdef SYS_poll
        {SYS_poll, "poll"},
#endif
        {SYS_ppoll, "poll"},
#ifdef SYS_select
        {SYS_select, "select"},
#endif
        {SYS_pselect6, "select"},
#ifdef SYS_pause
        {SYS_pause, "pause"},
#endif
        {SYS_rt_sigsuspend, "sigsuspend"},
        {SYS_epoll_pwait, "epoll_wait"},
#ifdef SYS_epoll_wait
        {SYS_epoll_wait, "epoll_wait"},
#endif
    };
    char text[256];
    if (!read_system_call(pid, tid, text, sizeof text) || !isdigit((unsigned char)text[0]))
        return NULL;
    long number = atol(text);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].number == number)
            return calls[i].name;
    return NULL;
}

struct blocked {
    const char *call;
    size_t count;
};

static void count_blocked(pid_t pid, pid_t tid, void *arg)
{
    struct blocked *blocked = arg;
    const char *call = observe_system_call(pid, tid);
    if (call != NULL && strcmp(call, blocked->call) == 0)
        blocked->count++;
}

size_t observe_blocked_in(const struct family *family, const char *call)
{
    struct blocked blocked = {.call = call};
    for (size_t i = 0; i < family->count; i++)
        each_thread(family->pids[i], count_blocked, &blocked);
    return blocked.count;
}
