/*
 * script.c - see script.h: finds the verb and the connections that a line is about.
 */
#include "verbs.h"

#include <stdlib.h>
#include <string.h>

enum { MANY_MAX = 2000 };

typedef enum script_result verb_function(struct command *command);

const char script_help[] =
    "  connect [HOST PORT] [rcvbuf=N] [from=ADDRESS[:PORT]]   open the connection\n"
    "  send TEXT            send bytes; C escapes are known: \\n \\0 \\xff\n"
    "  send-random N        send N bytes of the connection's own stream (4096, 64K, 1M)\n"
    "  drip TEXT            send byte by byte, each as a packet of its own\n"
    "  fill                 send and never read, until no more is taken; how much is answered\n"
    "  expect TEXT          the next bytes must be these\n"
    "  expect-echo N        ... the next N bytes of what send-random sent\n"
    "  expect-sent NAME N   ... the next N bytes of what NAME sent by send-random\n"
    "  echo N [SECONDS]     send N random bytes and expect them back at the same time; stop to\n"
    "                       send after SECONDS and be content with what was sent\n"
    "  expect-end           the peer must end its side, with no byte more\n"
    "  expect-gone          the peer must end or reset it; bytes before that are dropped\n"
    "  expect-refused       the peer must end or reset it, with no byte more\n"
    "  expect-taken         all that was sent must arrive: at the peer's machine, or, if this is\n"
    "                       a program's stdin, in the program\n"
    "  shut                 end our direction only: shutdown(SHUT_WR)\n"
    "  close                close it\n"
    "  reset                close it with a reset (RST) instead of an end (FIN)\n"
    "  visit N BYTES        N times: connect, echo BYTES, shut, expect-end, close\n"
    "  listen [HOST] PORT [mss=N]   be a server: listen; with packets of at most N bytes, as on a\n"
    "                       real network, the kernel's buffers are smaller too\n"
    "  accept NAME          take the next connection of the listener NAME\n"
    "  reflect              from now on send back all that comes, and the end too\n"
    "  pause MS             say nothing for that time\n";

// --- The table ------------------------------------------------------------------------------

enum { WANTS_OPEN = 1 }; // the connection must exist

static const struct {
    const char *name;
    verb_function *run;
    int wants;
} verbs[] = {
    {"connect", do_connect, 0},
    {"listen", do_listen, 0},
    {"accept", do_accept, 0},
    {"send", do_send, WANTS_OPEN},
    {"send-random", do_send_random, WANTS_OPEN},
    {"drip", do_drip, WANTS_OPEN},
    {"fill", do_fill, WANTS_OPEN},
    {"expect", do_expect, WANTS_OPEN},
    {"expect-echo", do_expect_echo, WANTS_OPEN},
    {"expect-sent", do_expect_sent, WANTS_OPEN},
    {"echo", do_echo, WANTS_OPEN},
    {"expect-end", do_expect_end, WANTS_OPEN},
    {"expect-gone", do_expect_gone, WANTS_OPEN},
    {"expect-refused", do_expect_refused, WANTS_OPEN},
    {"expect-taken", do_expect_taken, WANTS_OPEN},
    {"shut", do_shut, WANTS_OPEN},
    {"close", do_close, WANTS_OPEN},
    {"reset", do_reset, WANTS_OPEN},
    {"visit", do_visit, 0},
    {"reflect", do_reflect, WANTS_OPEN},
    {"pause", do_pause, 0},
};

// Runs one verb for one name, on a copy of the text, which the verb may change.
static enum script_result run_one(struct command *command, const char *name, const char *verb,
                                  const char *text)
{
    enum script_result result = SCRIPT_INVALID;
    size_t i = 0;
    while (i < sizeof verbs / sizeof *verbs && strcmp(verbs[i].name, verb) != 0)
        i++;
    if (i == sizeof verbs / sizeof *verbs)
        return invalid(command, "no such command: %s", verb);
    command->name = name;
    command->c = connection_find(command->session, name);
    if (verbs[i].wants == WANTS_OPEN && (command->c == NULL || command->c->rfd == -1))
        return invalid(command, "%s: %s has no open connection", verb, name);
    if ((command->text = strdup(text)) != NULL)
        result = verbs[i].run(command);
    free(command->text);
    return result;
}

// Runs a verb for crowd.FIRST to crowd.LAST; only the first one's story and the failing one's are
// told.
static enum script_result run_many(struct command *command, const char *name, unsigned long first,
                                   unsigned long last, const char *verb, const char *text)
{
    char member[NAME_SIZE + 16];
    enum script_result result = SCRIPT_OK;
    FILE *quiet = fopen("/dev/null", "we"), *did = command->did;

    fprintf(did, "%s.%lu to %s.%lu: each ", name, first, name, last);
    for (unsigned long i = first; i <= last && result == SCRIPT_OK; i++) {
        snprintf(member, sizeof member, "%s.%lu", name, i);
        command->did = i == first || quiet == NULL ? did : quiet;
        result = run_one(command, member, verb, text);
        if (result != SCRIPT_OK)
            fprintf(command->got, " (%s)", member);
    }
    command->did = did;
    if (quiet != NULL)
        fclose(quiet);
    return result;
}

// How many crowd.1, crowd.2 ... there are.
static unsigned long count_members(struct session *session, const char *name)
{
    char member[NAME_SIZE + 16];
    unsigned long count = 0;
    do
        snprintf(member, sizeof member, "%s.%lu", name, ++count);
    while (connection_find(session, member) != NULL);
    return count - 1;
}

// Splits "NAME: verb text" and "verb text" in place; the name may be "crowd*200".
static const char *split(char *line, const char **name, const char **verb)
{
    char *at = line + strspn(line, " "), *end = at + strcspn(at, " ");
    *name = "client";
    if (end > at && end[-1] == ':') {
        end[-1] = '\0';
        *name = at;
        at = end + strspn(end, " ");
        end = at + strcspn(at, " ");
    }
    *verb = at;
    if (*end != '\0')
        *end++ = '\0';
    return end;
}

enum script_result script_run(struct session *session, const char *line, struct outcome *outcome)
{
    size_t sizes[3];
    struct command command = {
        .session = session,
        .did = open_memstream(&outcome->did, &sizes[0]),
        .expected = open_memstream(&outcome->expected, &sizes[1]),
        .got = open_memstream(&outcome->got, &sizes[2]),
    };
    char *copy = strdup(line), *mark;
    const char *name, *verb, *text = split(copy, &name, &verb);
    unsigned long before = 0, many = 0;
    enum script_result result;

    if ((mark = strpbrk(name, "*+")) != NULL) {
        many = strtoul(mark + 1, NULL, 10);
        bool more = *mark == '+';
        *mark = '\0';
        before = more ? count_members(session, name) : 0;
    } else if (connection_find(session, name) == NULL) {
        many = count_members(session, name);
    }
    if (strlen(name) >= NAME_SIZE - 8 || before + many > MANY_MAX || (mark != NULL && many == 0)) {
        result = invalid(&command, "a name is short, and many are 1 to %d", MANY_MAX);
    } else if (many > 0) {
        result = run_many(&command, name, before + 1, before + many, verb, text);
    } else {
        fprintf(command.did, "%s ", name);
        result = run_one(&command, name, verb, text);
    }
    outcome->value = command.value;
    free(copy);
    fclose(command.did);
    fclose(command.expected);
    fclose(command.got);
    return result;
}

void outcome_clear(struct outcome *outcome)
{
    free(outcome->did);
    free(outcome->expected);
    free(outcome->got);
    *outcome = (struct outcome){0};
}
