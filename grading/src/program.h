/*
 * program.h - a learner's program under supervision: how it was started, what it left behind.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "observe.h"
#include "process.h"

#include <stdbool.h>
#include <stdio.h>

/* What one run may use; generous for a right program, small for the machine. */
enum {
    OUTPUT_MAX = 1 << 20, // bytes a program may write to its stdout or stderr
    TRACE_MAX = 1 << 26,  // the same when it is traced, as the limit is for the tracer's file too
    PROCESSES_MAX = 600,  // living processes of one check
    CPU_SECONDS_MAX = 60, // processor time of one process
    FILES_DEFAULT = 1024, // open descriptors
    MEMORY_MAX_MB = 1024, // resident memory of one check
    DATA_MAX_MB = 4096,   // private address space of one process
    PROGRAM_NAME_SIZE = 32,
    PROGRAM_PATH_SIZE = 512,
    PROGRAM_ARGS_MAX = 64,
};

/* The tool a program runs under. */
enum under { UNDER_NOTHING, UNDER_MEMCHECK, UNDER_THREAD_SANITIZER };

struct program {
    char name[PROGRAM_NAME_SIZE];
    struct process process;
    enum under under;
    uid_t user;                // who it runs as, 0 if as ourselves
    bool expected_to_end;      // somebody asked for its end: that is no news
    const char *stopped_for;   // the limit it ran into, NULL if none
    int to_stdin, from_stdout; // pipes to it, -1 where there is none; owned by whoever takes them
    char out[PROGRAM_PATH_SIZE], err[PROGRAM_PATH_SIZE]; // where its output is kept
    struct program *next;
};

/* How to start one. Files are kept in `scratch`. */
struct program_start {
    const char *name, *scratch;
    enum under under;
    bool talk;          // stdin and stdout are pipes, instead of /dev/null and a file
    unsigned files;     // limit of descriptors, 0 for the default
    const char *faults; // how system calls misbehave, see misbehave.c; NULL for not at all
    const char *tools;  // the directory of misbehave.so
    const char *trace;  // the file where strace tells what it does, trace.h; NULL for none
    char **argv;        // ended by NULL
};

/* Starts it. Returns 0, or -1 with errno. The struct must stay in place until program_end(). */
int program_start(struct program *program, const struct program_start *start);

/* Sets how many descriptors this process of it may have open, at most as many as at its start.
 * Returns 0, or -1. */
int program_limit_files(const struct program *program, pid_t pid, rlim_t most);

/* Ends it and what it started. */
void program_end(struct program *program);

/* Prints how it ended: "exited with status 1", "died by SIGPIPE", "still runs". */
void program_print_end(FILE *to, const struct program *program);

/* Prints what a learner should know of it as note| and todo| lines: its end, its last words. */
void program_print_notes(FILE *to, struct program *program);

/* How often text stands in the file, whose bytes may be anything. */
size_t program_count_text(const char *path, const char *text, size_t size);

/* How many lines the file has, with one at its end that has no newline. */
size_t program_count_lines(const char *path);

/*
 * Looks through the logs of the tool it ran under, of all its processes. Returns true if they
 * report no error; else prints the first one as got| lines and the count of all.
 */
bool program_is_clean(FILE *to, const struct program *program, const char *scratch);

/* Did the tool itself give up? Then nothing that was seen is the program's fault. */
bool program_tool_failed(const struct program *program, const char *scratch);

#endif
