/*
 * options.h - the command line of ./grader.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "box.h"
#include "report.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OUTPUTS_MAX = 8 };

/* One rendering of the result, and where it goes. */
struct output {
    const struct format *format;
    const char *file; // NULL: stdout
};

struct options {
    enum { DO_GRADE, DO_LIST, DO_HINT, DO_REPLAY, DO_WATCH, DO_CLASS } task;
    const char *from, *base; // as given; base NULL: the same as from
    struct output output[OUTPUTS_MAX];
    size_t outputs; // at least one; one at most to stdout
    enum box_mode box;
    const char *class; // a directory of submissions, graded one and all
    unsigned long shard,
        shard_count;     // of them every shard_count-th, beginning with number shard - 1
    const char *picture; // file for a page of what the programs did; NULL: none
    bool watch_polls;    // --watch is not told of saves, and looks
    bool run;            // --replay plays the lines
    bool no_trace;       // a failed step is not run again under strace
    bool seed_given;
    uint32_t seed;
    char **words; // what is no option: labs, perhaps a step; ended by NULL
    int count;
};

/*
 * Reads the command line. --help and --version are answered and end the program with status 0,
 * wrong options with a message and status 2.
 */
void options_read(struct options *options, int argc, char **argv);

#endif
