/*
 * observe.h - what can be seen of a running program from outside, in /proc.
 *
 * A program is looked at as a family: the process that was started, its descendants, and what
 * it orphaned. Numbers are of one moment; who needs more certainty asks again.
 */
#ifndef OBSERVE_H
#define OBSERVE_H

#include "sockets.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { FAMILY_SIZE = 2048 };

struct family {
    pid_t pids[FAMILY_SIZE]; // pids[0] is the process that was started, if it still exists
    size_t count;
};

/* Finds the family of root; with orphans, also what was orphaned to the caller. */
void observe_family(struct family *family, pid_t root, bool orphans);

/* Whether the family has done anything lately. */
struct activity {
    uint64_t cpu_ns;   // processor time used so far
    uint64_t delay_ns; // time that its threads waited for a processor so far
    uint64_t turns;    // how often they were given one
    uint64_t moves;    // changes whenever one of its threads has run
    bool runnable;     // a thread runs, waits for a processor, or for a disk
    size_t processes;  // that are no zombies
    uint64_t memory;   // resident bytes, all together
};

void observe_activity(const struct family *family, struct activity *activity);

/* Is this process a zombie? (A group leader that ended before its threads is none.) */
bool observe_is_zombie(pid_t pid);

/* Has SIGSTOP stopped all of its threads? */
bool observe_is_stopped(pid_t pid);

/* Living threads of a process. */
size_t observe_threads(pid_t pid);

/* Open descriptors of a process, or only the sockets among them. */
size_t observe_descriptors(pid_t pid, bool only_sockets);

/* The lowest number that is no open descriptor of the process. */
int observe_free_descriptor(pid_t pid);

/* The highest open descriptor of the process, -1 when there is none. */
int observe_highest_descriptor(pid_t pid);

/* Does the process hold the socket with this inode? */
bool observe_holds(pid_t pid, ino_t inode);

/* Bytes of address space, or resident ones (statm of proc(5)). The resident ones are quick to get, and
 * not exact: each processor has pages that the kernel has not yet counted. */
uint64_t observe_memory(pid_t pid, bool resident);

/*
 * Bytes in the pages of one kind, a line of smaps_rollup in proc(5): "Rss", or "Private_Dirty", which
 * the process has written to and shares with no other. Exact; 0 when its first thread has ended.
 */
uint64_t observe_pages(pid_t pid, const char *kind);

/* The parent, or 0. */
pid_t observe_parent(pid_t pid);

/*
 * The system call in which a thread of the process sleeps, NULL if it is in none or of no
 * interest here. /proc/PID/task/TID/syscall of proc(5).
 */
const char *observe_system_call(pid_t pid, pid_t tid);

/*
 * Does a thread run, or wait for a processor, whatever its state says? wait(2) declares itself asleep
 * before it looks for children: one that fails at once, again and again, may look asleep, and on a
 * busy machine stay so for a while. /proc/PID/task/TID/syscall of proc(5); false where that can't be
 * read.
 */
bool observe_is_running(pid_t pid);

/* How many threads of the family sleep in the named system call ("accept", "read", ...). */
size_t observe_blocked_in(const struct family *family, const char *call);

#endif
