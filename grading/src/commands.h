/*
 * commands.h - the commands of supervise, and what all of them use to tell what came of it.
 *
 * supervise.c lists them; commands_program.c has those on programs, commands_quantity.c those on
 * what can be seen of them, story.c the telling.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "connection.h"
#include "patience.h"
#include "program.h"
#include "record.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>

enum { STORY_MAX = 256 };

struct supervisor {
    struct session session;
    struct patience_state patience;
    struct program *programs;
    char *scratch; // our own directory: outputs and logs of the programs
    const char *tools;
    in_port_t last_port;    // that was given out
    char *story[STORY_MAX]; // what was done, in words; the last lines if there are more
    size_t story_size;
    struct record record; // the same and more in a file, if somebody wants to look at it
};

/* What a command answers. */
struct answer {
    bool ok, broken;
    FILE *text; // after ok one value or nothing, after no the keyed lines
};

/* A command: args may be cut up. */
typedef void command_function(struct supervisor *s, char *args, struct answer *answer);

/* --- story.c --- */

/* Adds a line to the story of what was done. */
__attribute__((format(printf, 2, 3))) void tell(struct supervisor *s, const char *format, ...);

/* The check is wrong: nobody's program is to blame. */
__attribute__((format(printf, 2, 3))) void broken(struct answer *answer, const char *format, ...);

/* The program is wrong: what was expected and what came, maybe several lines each. */
void failed(struct answer *answer, const char *expected, const char *got);

/* Prints the story as did| lines; what is known of the programs as note|, todo| and broken|. */
void print_story(struct supervisor *s, FILE *to);
void print_notes(struct supervisor *s, FILE *to);

/* --- commands_program.c --- */

/* Takes a program's name from the front of the arguments. NULL, and a broken answer, if none. */
struct program *take_program(struct supervisor *s, char *args, char **rest, struct answer *answer);

void do_start(struct supervisor *s, char *args, struct answer *answer);
void do_signal(struct supervisor *s, char *args, struct answer *answer);
void do_full(struct supervisor *s, char *args, struct answer *answer);
void do_room(struct supervisor *s, char *args, struct answer *answer);
void do_finish(struct supervisor *s, char *args, struct answer *answer);
void do_ended(struct supervisor *s, char *args, struct answer *answer);
void do_clean(struct supervisor *s, char *args, struct answer *answer);

/* --- commands_quantity.c --- */

void do_await(struct supervisor *s, char *args, struct answer *answer);
void do_check(struct supervisor *s, char *args, struct answer *answer);
void do_ask(struct supervisor *s, char *args, struct answer *answer);
void do_pids(struct supervisor *s, char *args, struct answer *answer);
void do_pid(struct supervisor *s, char *args, struct answer *answer);

#endif
