/*
 * script.h - the words a client is scripted in, one command a line.
 *
 *     A: connect                 A: send hello\n            A: expect hello\n
 *     A: shut                    A: expect-end              crowd*200: connect
 *
 * The name before the colon says whose turn it is; without one it is "client". `crowd*200` makes
 * or means crowd.1 to crowd.200; `crowd+8` makes the next eight of them; the bare `crowd` means all
 * of them that exist.
 * Text runs to the end of the line and knows C's escapes (\n \r \t \0 \\ \xHH).
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "connection.h"

#include <stdio.h>

/* What became of one command. All texts are owned by it: outcome_clear() frees them. */
struct outcome {
    char *did;      // what was done, in words
    long value;     // after connect our port, after accept the peer's, after fill the bytes; else 0
    char *expected; // what should have happened, when it did not
    char *got;      // what happened instead, maybe several lines
};

enum script_result {
    SCRIPT_OK,
    SCRIPT_FAILED,  // the peer did not do as expected: see expected and got
    SCRIPT_INVALID, // the command makes no sense: got says why
};

/* The commands, one a line, for --help. */
extern const char script_help[];

/* Carries out one command. The outcome must be cleared by the caller. */
enum script_result script_run(struct session *session, const char *line, struct outcome *outcome);

void outcome_clear(struct outcome *outcome);

#endif
