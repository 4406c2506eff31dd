/*
 * misbehave_late.c - calls that return when something else has happened first.
 *
 * However busy the machine, that something gets its time: a late call goes on without it only when
 * whoever should bring it sleeps, and so waits for this call.
 */
#include "misbehave.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    NUMBERS = 1024,
    RESTS = 300, // so often, a millisecond apart, they must have been seen asleep
};

static atomic_int youngest_child;
static long late_before_fork;
static atomic_int waiting;           // threads in accept, poll and their relatives
static atomic_long accepted;         // connections, so far
static atomic_bool is_open[NUMBERS]; // an accepted connection has this number
static atomic_int closed_late = -1;

static void nap(void)
{
    const struct timespec millisecond = {.tv_nsec = 1000 * 1000};
    syscall(SYS_ppoll, NULL, 0, &millisecond, NULL); // poll is ours here
}

// Whether it sleeps, or isn't there.
static bool rests(pid_t pid)
{
    char name[32], line[512] = "";
    snprintf(name, sizeof name, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(name, "re");
    if (file == NULL)
        return true;
    const char *end = fgets(line, sizeof line, file) != NULL ? strrchr(line, ')') : NULL;
    fclose(file);
    return end == NULL || strncmp(end, ") S", 3) == 0;
}

void note_fork(void)
{
    late_before_fork = common->late_calls;
}

// A child that was faster would have ended before its parent comes to the call that is to be late.
void await_late_parent(void)
{
    pid_t parent = getppid();
    int seen = 0;
    if (!(will_be_late(ACCEPT) || will_be_late(POLL)))
        return;
    while (common->late_calls == late_before_fork && seen < RESTS && getppid() == parent) {
        seen += rests(parent);
        nap();
    }
}

void note_child(pid_t pid)
{
    youngest_child = pid;
}

void be_late(const struct fault *fault)
{
    // A child that does not end before its parent has done something will not do so the next time.
    static atomic_bool fork_in_vain;
    int error = errno, seen = 0;
    siginfo_t ended = {.si_pid = 0};
    if (fault == NULL || fault->effect != LATE || (fault->call == FORK && fork_in_vain))
        return;
    ++common->late_calls;
    // It is left to the program to reap the child. Without one there is nothing to wait for.
    while (seen < RESTS && waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0) {
        seen += rests(youngest_child);
        nap();
    }
    if (fault->call == FORK && seen == RESTS)
        fork_in_vain = true;
    errno = error;
}

void begin_to_wait(void)
{
    waiting++;
}

bool fails_to_wait(enum call call)
{
    if (fails(call))
        return true;
    begin_to_wait();
    return false;
}

int has_waited(int result)
{
    waiting--;
    return result;
}

int note_accepted(int fd)
{
    if (fd < 0 || fd >= NUMBERS)
        return fd;
    accepted++;
    is_open[fd] = true;
    if (closed_late == fd)
        closed_late = -1;
    return fd;
}

int close_late(int fd, int (*really_close)(int))
{
    if (fd < 0 || fd >= NUMBERS || !atomic_exchange(&is_open[fd], false))
        return really_close(fd);
    closed_late = fd;
    long before = accepted;
    int done = really_close(fd), error = errno;
    // Two clients later the number isn't going to be anybody's. Without a thread that waits for
    // clients, it may be this one that they wait for.
    for (int seen = 0; closed_late == fd && accepted < before + 2 && seen < RESTS; nap())
        seen += waiting == 0;
    errno = error;
    return done;
}
