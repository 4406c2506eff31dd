/*
 * recording.h - reads what supervise recorded of a check (record.h): who did what, and when.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include "text.h"
#include "trace.h"

/* What the grader did: a client's deed, a signal, a look. */
struct deed {
    double time; // seconds since 1970
    char *text;  // A connected to 127.0.0.1 port 9876
};

/* A client of the learner's server, or the learner's client: one end of a connection. */
struct client {
    char *name; // A
    long port;  // the client's end
};

struct recording {
    char *test;   // fork: a second client is served while the first one waits
    char *failed; // the command that failed: `A: expect hello`; NULL if none
    double ended; // when it failed, or when the record ends
    struct deed *deed;
    size_t deed_count;
    struct client *client;
    size_t client_count;
    struct trace trace; // of all programs, until it ended
};

/* Reads a directory as record_open() makes it. Returns 0, or -1 when there is no record in it. */
int recording_read(struct recording *recording, const char *directory);
void recording_free(struct recording *recording);

/* Does the text begin with this name, and a blank or a colon? Deeds and failures do. */
bool begins_with_name(const char *text, const char *name);

#endif
