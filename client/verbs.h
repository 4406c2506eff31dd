/*
 * verbs.h - what a scripted client can be told to do, one function a verb. script.c names them.
 *
 * Each tells its story in command->did, and what is wrong in command->expected and ->got. Returns
 * as script_run() does.
 */
#ifndef VERBS_H
#define VERBS_H

#include "script.h"

/* How many bytes of a message are shown, and how many go through at a time. */
enum { SHOWN = 48, CHUNK_SIZE = 1 << 16 };

/* One command on one connection. */
struct command {
    struct session *session;
    struct connection *c; // NULL if no connection of that name exists yet
    const char *name;
    char *text; // what stands behind the verb; may be changed
    FILE *did, *expected, *got;
    long value; // what the command answers, see struct outcome
};

/* verbs.c: what all share. */

/* Says that the command makes no sense, and why. */
__attribute__((format(printf, 2, 3))) enum script_result invalid(struct command *command,
                                                                 const char *format, ...);

/* 4096, 64K or 1M. Returns false if the text is no such size. */
bool parse_size(const char *text, uint64_t *size);

/* What reading ends with: a connection has one descriptor, a program's stdin and stdout are two. */
const char *name_end(const struct connection *c);

/* Says why reading (n is what it returned) or writing ended, after so_far bytes. */
enum script_result broke_off(struct command *command, ssize_t n, uint64_t so_far);

/* verbs.c: sending, ending, and the rest. */
enum script_result do_send(struct command *command);
enum script_result do_send_random(struct command *command);
enum script_result do_drip(struct command *command);
enum script_result do_fill(struct command *command);
enum script_result do_shut(struct command *command);
enum script_result do_close(struct command *command);
enum script_result do_reset(struct command *command);
enum script_result do_reflect(struct command *command);
enum script_result do_pause(struct command *command);

/* verbs_open.c: connections come into being. */
enum script_result do_connect(struct command *command);
enum script_result do_listen(struct command *command);
enum script_result do_accept(struct command *command);
enum script_result do_visit(struct command *command);

/* verbs_expect.c: what the other side must send. */
enum script_result do_expect(struct command *command);
enum script_result do_expect_echo(struct command *command);
enum script_result do_expect_sent(struct command *command);
enum script_result do_echo(struct command *command);
enum script_result do_expect_end(struct command *command);
enum script_result do_expect_refused(struct command *command);
enum script_result do_expect_gone(struct command *command);
enum script_result do_expect_taken(struct command *command);

#endif
