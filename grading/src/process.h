/*
 * process.h - start a program, watch it, and end everything it started.
 *
 * The one place of the grader that starts programs. A caller that calls process_adopt_orphans()
 * becomes a child subreaper (prctl(2)), so that a program which daemonizes cannot hide: whatever
 * it leaves behind becomes a child of the caller and is ended by process_end_orphans().
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/* What one program may use. 0 means: as much as the system gives. */
struct limits {
    rlim_t data_bytes;  // RLIMIT_DATA: private memory of one process
    rlim_t file_bytes;  // RLIMIT_FSIZE: the size of a file it writes, captured output included
    rlim_t files;       // RLIMIT_NOFILE
    rlim_t cpu_seconds; // RLIMIT_CPU, one process
    rlim_t processes;   // RLIMIT_NPROC, of its user; root is exempt
};

/* How a program is started. */
struct start {
    const char *const *argv; // argv[0] is looked up in the new environment's PATH
    const char *const *env;  // the whole environment, ended by NULL
    const char *directory;   // working directory; NULL keeps the caller's
    int fd[3];               // become 0, 1 and 2; -1 stands for /dev/null. All others are closed.
    uid_t user;              // who it becomes, unprivileged.h; 0: who the caller is
    bool fixed_addresses;    // no address randomization, which some ThreadSanitizers can't bear
    bool traced;             // argv is `strace -DDD`, which leaves a tracer behind as an orphan
    struct limits limits;
};

/* A program that was started. */
struct process {
    pid_t pid;
    int pidfd; // readable when it has ended (pidfd_open(2)); -1 once it was waited for
    bool ended;
    int status;           // as from waitpid(2), once ended
    struct rusage usage;  // of it and the children it waited for, once ended
    bool traced;          // by a process that is none of its family
    struct process *next; // the list of those that are not yet waited for
};

/* Makes the caller adopt orphaned descendants (PR_SET_CHILD_SUBREAPER). Call once at start. */
void process_adopt_orphans(void);

/*
 * Starts a program in a session of its own; it dies with the caller (PR_SET_PDEATHSIG).
 * Returns 0, or -1 with errno: also when the exec itself failed (ENOENT, EACCES, ...), in which
 * case nothing is left running. The struct must stay where it is until process_end().
 */
int process_start(struct process *process, const struct start *start);

/*
 * Waits until the program has ended, timeout_ms at most (-1: for ever, 0: only looks).
 * Returns 1 when it has ended (status and usage are set), 0 when it still runs, -1 with errno.
 */
int process_wait(struct process *process, int timeout_ms);

/*
 * Fills pids with the program and its descendants, zombies included, at most `size` of them.
 * Returns how many there are, which may be more than size.
 */
size_t process_tree(pid_t root, pid_t *pids, size_t size);

/* Kills the program and its descendants, and waits for it. Harmless when it has ended. */
void process_end(struct process *process);

/* The same as process_tree() for what was orphaned to the caller; dead orphans are waited for. */
size_t process_orphans(pid_t *pids, size_t size);

/*
 * Kills every process that was orphaned to the caller, and what they start meanwhile. A tracer ends
 * by itself when nobody is left to trace. It is waited for: then its trace is complete.
 */
void process_end_orphans(void);

#endif
