/*
 * record.h - keeps what happened in a check, for whoever shows it afterwards: recording.h reads it.
 *
 *     DIRECTORY/4183/story           1795547123.063284 test fork: a second client is served
 *                                    1795547123.070011 program server 4190 server.1.trace /.../server
 *                                    1795547123.081140 client A 36276
 *                                    1795547123.081140 did A connected to 127.0.0.1 port 9876
 *                                    1795547124.090011 failed client A expect hello
 *     DIRECTORY/4183/server.1.trace  what strace says of it, trace.h
 *
 * A time is that of the deed: of a `send` the begin, of an `expect` the end.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdio.h>

struct record {
    FILE *story; // NULL: nothing is kept
    char *directory;
    unsigned traces;
    double time; // of the deed that is told next; 0 for now
};

/* Begins a record of this test below the directory. Returns 0, or -1 with errno. */
int record_open(struct record *record, const char *directory, const char *test);

/* One line; harmless when nothing is kept. */
__attribute__((format(printf, 3, 4))) void record_tell(struct record *record, const char *key,
                                                       const char *format, ...);

/* A command begins: what it tells has this time, or, if it waits for something, that of its end. */
void record_begin(struct record *record, bool waits);

/* Copies all traces from the directory where the programs could write. */
void record_close(struct record *record, const char *scratch);

#endif
