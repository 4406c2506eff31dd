/*
 * session.h - a shell that runs the commands of a page, in a box where there is one.
 */
#ifndef SESSION_H
#define SESSION_H

#include "text.h"

#include <stdbool.h>
#include <sys/types.h>

struct session {
    pid_t pid;          // of the shell's process group
    int commands;       // what is written here, it runs
    int output;         // all that it and its programs print
    struct text unread; // a line that has not ended
    bool broken_off;    // nor had the last one, when the command did: its rest may still come
    bool ended;         // there will be no more output
};

/*
 * Starts a shell in the directory. `prelude` is a file that it reads first, see session.bash.
 * Returns 0; or -1 with errno.
 */
int session_start(struct session *session, const char *directory, const char *prelude);

/*
 * Runs a command and adds what was printed until it ended. Returns 0; or -1 when it did not end
 * within a minute, or ended the shell.
 */
int session_run(struct session *session, const char *command, struct lines *output);

/*
 * Waits at most so long for a line of a program in the background, and adds it. Returns whether one
 * came.
 */
bool session_wait(struct session *session, int milliseconds, struct lines *output);

/* Ends the shell and all that it started. */
void session_end(struct session *session);

#endif
