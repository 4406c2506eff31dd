/*
 * process.c - see process.h.
 *
 *     caller ──fork──> child: session, descriptors, limits ──exec──> program ──> descendants
 *        │               │ errno of a failed exec                        │
 *        └── status pipe ┘            caller reaps, or kills ────────────┘
 */
#include "process.h"

#include "unprivileged.h"
#include <dirent.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TREE_SIZE = 4096, TRACERS_MAX = 64 };

static struct process *running; // started and not yet waited for

static pid_t tracers[TRACERS_MAX];
static size_t tracers_count;

void process_adopt_orphans(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void limit(__rlimit_resource_t resource, rlim_t value)
{
    struct rlimit wanted = {value, value}, now;
    if (value == 0 || getrlimit(resource, &now) == -1)
        return;
    if (now.rlim_max != RLIM_INFINITY && wanted.rlim_max > now.rlim_max)
        wanted.rlim_cur = wanted.rlim_max = now.rlim_max;
    setrlimit(resource, &wanted);
}

// All signals as a shell would hand them on: nothing blocked, nothing ignored.
static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

// Puts the three descriptors in place, from copies above them so that none overwrites another.
static int place_descriptors(const int wanted[3])
{
    int copy[3];
    for (int i = 0; i < 3; i++) {
        int fd = wanted[i] >= 0 ? wanted[i] : open("/dev/null", O_RDWR);
        copy[i] = fcntl(fd, F_DUPFD, 10);
        if (copy[i] == -1)
            return -1;
    }
    for (int i = 0; i < 3; i++)
        if (dup2(copy[i], i) == -1)
            return -1;
    return 0;
}

static int become_user(uid_t user, pid_t parent)
{
    if (unprivileged_become(user) == -1)
        return -1;
    // Another user's death is no longer ours, unless it is asked for again.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    errno = ESRCH;
    return getppid() == parent ? 0 : -1;
}

// Runs in the child up to the exec, and reports an errno through `trouble` if that fails.
_Noreturn static void become_program(const struct start *start, pid_t parent, int trouble)
{
    struct rlimit no_core = {0, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    reset_signals();
    setsid();
    if (getppid() == parent && place_descriptors(start->fd) == 0 &&
        (start->directory == NULL || chdir(start->directory) == 0)) {
        int last = fcntl(trouble, F_DUPFD_CLOEXEC, 3);
        close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        trouble = last >= 0 ? last : trouble;
        if (start->fixed_addresses)
            personality(ADDR_NO_RANDOMIZE);
        umask(022);
        setrlimit(RLIMIT_CORE, &no_core);
        // Too much output is dropped (EFBIG) rather than deadly: a chatty program may be right.
        signal(SIGXFSZ, SIG_IGN);
        limit(RLIMIT_DATA, start->limits.data_bytes);
        limit(RLIMIT_FSIZE, start->limits.file_bytes);
        limit(RLIMIT_CPU, start->limits.cpu_seconds);
        limit(RLIMIT_NOFILE, start->limits.files);
        limit(RLIMIT_NPROC, start->limits.processes);
        environ = (char **)start->env; // execvp looks for the program in its PATH
        if (start->user == 0 || become_user(start->user, parent) == 0)
            execvp(start->argv[0], (char *const *)start->argv);
    }
    int why = errno;
    ssize_t told = write(trouble, &why, sizeof why);
    _exit(told == (ssize_t)sizeof why ? 127 : 126);
}

int process_start(struct process *process, const struct start *start)
{
    int trouble[2], why = 0;
    pid_t self = getpid();

    if (pipe2(trouble, O_CLOEXEC) == -1)
        return -1;
    *process = (struct process){.pid = fork(), .pidfd = -1, .traced = start->traced};
    switch (process->pid) {
    case -1:
        why = errno;
        close(trouble[0]);
        close(trouble[1]);
        errno = why;
        return -1;
    case 0:
        become_program(start, self, trouble[1]);
    default:
        break;
    }
    close(trouble[1]);
    process->pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    int pidfd_error = process->pidfd == -1 ? errno : 0;
    process->next = running;
    running = process;
    ssize_t n;
    while ((n = read(trouble[0], &why, sizeof why)) == -1 && errno == EINTR)
        ;
    close(trouble[0]);
    if (n <= 0 && pidfd_error == 0)
        return 0;
    process_end(process);
    errno = n > 0 ? why : pidfd_error;
    return -1;
}

static void note_end(struct process *process, int status)
{
    process->ended = true;
    process->status = status;
    if (process->pidfd >= 0)
        close(process->pidfd);
    process->pidfd = -1;
    for (struct process **link = &running; *link != NULL; link = &(*link)->next)
        if (*link == process) {
            *link = process->next;
            break;
        }
}

int process_wait(struct process *process, int timeout_ms)
{
    struct pollfd pidfd = {.fd = process->pidfd, .events = POLLIN};
    int status;

    if (process->ended)
        return 1;
    // Without a pidfd (a start that failed, an old valgrind) only waiting itself can tell.
    int ready = process->pidfd >= 0 ? poll(&pidfd, 1, timeout_ms) : 1;
    if (ready == -1)
        return errno == EINTR ? 0 : -1;
    if (ready == 0)
        return 0;
    int how = process->pidfd == -1 && timeout_ms >= 0 ? WNOHANG : 0;
    pid_t ended = wait4(process->pid, &status, how, &process->usage);
    if (ended == 0 || (ended == -1 && errno == EINTR))
        return 0;
    if (ended == -1)
        return -1;
    note_end(process, status);
    return 1;
}

// Appends the children of one thread; the kernel lists them by the thread that made them.
static size_t add_children(const char *children_file, pid_t *pids, size_t count, size_t size)
{
    FILE *file = fopen(children_file, "re");
    int pid;
    if (file == NULL)
        return count;
    while (fscanf(file, "%d", &pid) == 1) {
        if (count < size)
            pids[count] = (pid_t)pid;
        count++;
    }
    fclose(file);
    return count;
}

static size_t add_children_of(pid_t parent, pid_t *pids, size_t count, size_t size)
{
    char path[96];
    snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return count;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", (int)parent, task->d_name);
        count = add_children(path, pids, count, size);
    }
    closedir(tasks);
    return count;
}

// Adds the descendants of pids[from..count) behind them, level by level.
static size_t add_descendants(pid_t *pids, size_t from, size_t count, size_t size)
{
    for (size_t i = from; i < count && i < size; i++)
        count = add_children_of(pids[i], pids, count, size);
    return count;
}

size_t process_tree(pid_t root, pid_t *pids, size_t size)
{
    if (size == 0 || kill(root, 0) == -1)
        return 0;
    pids[0] = root;
    return add_descendants(pids, 0, 1, size);
}

static bool was_started_here(pid_t pid)
{
    for (struct process *process = running; process != NULL; process = process->next)
        if (process->pid == pid)
            return true;
    return false;
}

// Who traces the process, or 0.
static pid_t find_tracer(pid_t pid)
{
    char path[64], line[128];
    int tracer = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *status = fopen(path, "re");
    while (status != NULL && tracer == 0 && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "TracerPid: %d", &tracer);
    if (status != NULL)
        fclose(status);
    return tracer;
}

static bool is_tracer(pid_t pid)
{
    for (size_t i = 0; i < tracers_count; i++)
        if (tracers[i] == pid)
            return true;
    return false;
}

// Remembers the tracers while there is somebody whom they trace.
static void learn_tracers(void)
{
    for (struct process *process = running; process != NULL; process = process->next) {
        pid_t tracer = process->traced ? find_tracer(process->pid) : 0;
        if (tracer > 0 && !is_tracer(tracer) && tracers_count < TRACERS_MAX)
            tracers[tracers_count++] = tracer;
    }
}

// Waits for those tracers that have nobody left to trace.
static void wait_for_tracers(void)
{
    for (struct process *process = running; process != NULL; process = process->next)
        if (process->traced)
            return;
    while (tracers_count > 0)
        waitpid(tracers[--tracers_count], NULL, 0);
}

size_t process_orphans(pid_t *pids, size_t size)
{
    size_t all = add_children_of(getpid(), pids, 0, size), orphans = 0;
    learn_tracers();
    for (size_t i = 0; i < all && i < size; i++)
        if (!was_started_here(pids[i]) && !is_tracer(pids[i]) &&
            waitpid(pids[i], NULL, WNOHANG) == 0)
            pids[orphans++] = pids[i];
    return add_descendants(pids, 0, orphans, size);
}

// A family must not fork faster than it is killed. A group is killed in one go: the kernel lets no
// fork slip through (kill(2) with a negative pid). For what left its group: first all are stopped.
static void kill_all(const pid_t *pids, size_t count)
{
    for (size_t i = 0; i < count && i < TREE_SIZE; i++) {
        pid_t group = getpgid(pids[i]);
        if (group > 1 && group != getpgrp())
            kill(-group, SIGKILL);
    }
    for (size_t i = 0; i < count && i < TREE_SIZE; i++)
        kill(pids[i], SIGSTOP);
    for (size_t i = 0; i < count && i < TREE_SIZE; i++)
        kill(pids[i], SIGKILL);
}

void process_end(struct process *process)
{
    static pid_t pids[TREE_SIZE];
    if (process->ended)
        return;
    learn_tracers();
    kill_all(pids, process_tree(process->pid, pids, TREE_SIZE));
    kill(process->pid, SIGKILL);
    while (process_wait(process, -1) == 0)
        ;
}

void process_end_orphans(void)
{
    static pid_t pids[TREE_SIZE];
    size_t count;
    while ((count = process_orphans(pids, TREE_SIZE)) > 0) {
        kill_all(pids, count);
        // A killed child becomes waitable by itself: wait for that instead of turning in circles.
        waitpid(pids[0], NULL, 0);
    }
    wait_for_tracers();
}
