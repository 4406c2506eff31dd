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
    double begun;
    double ended; // when it failed, or when the record ends
    struct deed *deed;
    size_t deed_count;
    struct client *client;
    size_t client_count;
    struct trace trace; // of all programs, until it ended
};

struct recordings {
    struct recording *recording; // in the order in which they began
    size_t count;
};

/* Reads all that is below a directory, each as record_open() makes it. Start with {0}. */
void recordings_read(struct recordings *recordings, const char *directory);
void recordings_free(struct recordings *recordings);

/* Is it of a test of the step with this id? */
bool recording_is_of(const struct recording *recording, const char *id);

/* Of the step's tests the first that failed; else the first; NULL if there is none. */
const struct recording *recordings_failed(const struct recordings *recordings, const char *id);

/* Reads a directory as record_open() makes it. Returns 0, or -1 when there is no record in it. */
int recording_read(struct recording *recording, const char *directory);
void recording_free(struct recording *recording);

/*
 * Did this client do it, alone or as one of many? `crowd.1 to crowd.5: each sent 5 bytes` is a deed
 * of crowd.3.
 */
bool deed_is_of(const struct deed *deed, const char *name);

/* Does the text begin with this name, and a blank or a colon? Deeds and failures do. */
bool begins_with_name(const char *text, const char *name);

#endif
