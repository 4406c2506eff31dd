/*
 * evidence.h - the few lines of a recording that tell a learner most.
 *
 *     B         connected to 127.0.0.1 port 9876           ← never accepted
 *     4183      read(4, "", 16384) waits        echo.c:32  ← waits here
 *
 * What the check was about when it failed, a client or a quantity, decides which events count. Each
 * line has the name of who acts: a client, `grader`, or the id of a process or thread.
 */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "recording.h"

enum { EVIDENCE_MAX = 10 };

struct sight {
    double time;
    char *who;
    char *what;
    unsigned times; // that it was done, the first time then
    char *mark;     // what is missing here; or NULL
    char *program;  // where the call was made; or NULL
    unsigned long address;
    char *place; // the same as server.c:41, malloc'ed, for whoever looks for it (source.h); or NULL
};

/* In the order of time. Start with {0}. */
struct evidence {
    struct sight sight[EVIDENCE_MAX];
    size_t count;
};

/* Chooses at most EVIDENCE_MAX. The evidence needs nothing of the recording afterwards. */
void evidence_choose(struct evidence *evidence, const struct recording *recording);
void evidence_free(struct evidence *evidence);

#endif
