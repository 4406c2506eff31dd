/*
 * supervise.c - runs the programs of one check and talks to them, as a script tells it.
 *
 *     supervise TMPDIR TOOLS [SEED [RECORDS TEST]]
 *                       commands on stdin, one a line; answers on stdout. A record of this test
 *                       is kept below RECORDS, record.h
 *
 *        bats check ──lines──> supervise ──starts, watches──> learner's program(s)
 *                   <─answer──     └────── connections ─────────────┘
 *
 * An answer is `ok`, `ok VALUE`, or `no` and then keyed lines up to a single dot: did| what was
 * done so far, expected| and got|, note| what is known of the programs, todo| the step that is
 * not written, broken| the check itself is wrong. Commands:
 *
 *   start NAME [under=memcheck|thread] [talk=CONNECTION] [files=N] [faults=SPEC] [cpus=1]
 *         -- PROGRAM ARG...
 *   await NAME QUANTITY [= != < <= > >=] VALUE    until it is so (quantity.h lists the quantities)
 *   check NAME QUANTITY [OP] VALUE                it must be so now
 *   ask NAME QUANTITY                             answers the number; `pids` instead: whose it is
 *   ended NAME zero|nonzero|N|exit|SIGNAL         waits for its end, which must be this one; exit
 *                                                 is any status, but no signal
 *   signal NAME SIGNAL [QUANTITY]                 sends it to the first process; or to the others
 *                                                 that the quantity is about
 *   full NAME [reusable]                          no descriptor is free any more (RLIMIT_NOFILE);
 *                                                 those of today can be used again once they are
 *                                                 closed: answers how many below them are not open
 *   room NAME                                     ... and now there are again
 *   finish NAME                                   SIGTERM, and SIGKILL if it does not end
 *   clean NAME                                    memcheck or ThreadSanitizer found nothing
 *   port                                          answers a port that nobody uses
 *   at HOST PORT                                  where `connect` goes
 *   patience SECONDS [CPU-SECONDS]                how long nothing may move, or all be computed
 *   quiet SECONDS                                 lets so much quiet time pass, see patience.h
 *   story                                         `no`, with did| and note| lines: a check failed
 *   did TEXT                                      adds a line to the story
 * and all of script.h's for connections; connect and accept answer the client's port.
 * At the end of stdin everything is ended.
 */
#include "commands.h"

#include "bytes.h"
#include "clock.h"
#include "scratch.h"
#include "script.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t asked_to_stop;

static void on_stop(int sig)
{
    (void)sig;
    asked_to_stop = 1;
}

static void do_patience(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest, *cpu_seconds;
    s->patience.idle_seconds = atof(args);
    strtok_r(args, " ", &rest);
    if ((cpu_seconds = next_word(&rest)) != NULL)
        s->patience.cpu_seconds = atof(cpu_seconds);
    if (!(s->patience.idle_seconds > 0 && s->patience.cpu_seconds > 0))
        broken(answer, "patience: how many seconds, and maybe of processor time?");
}

// A program that could do nothing in this time, as it did not get the processor, gets more of it.
static void do_quiet(struct supervisor *s, char *args, struct answer *answer)
{
    double seconds = atof(args), since = now_seconds();
    if (!(seconds > 0 && seconds < s->patience.idle_seconds)) {
        broken(answer, "quiet: \"%s\" is no number of seconds below patience", args);
        return;
    }
    tell(s, "did nothing for %g s", seconds);
    while (patience_go_on(&s->patience, since, s->session.gave_up, sizeof s->session.gave_up) &&
           s->patience.quiet < seconds)
        connection_serve(&s->session, NULL, 0, 1);
}

static void do_at(struct supervisor *s, char *args, struct answer *answer)
{
    if (sscanf(args, "%255s %31s", s->session.host, s->session.port) != 2)
        broken(answer, "at HOST PORT");
}

// Can the port be bound without SO_REUSEADDR? Then not even TIME_WAIT is left on it.
static bool is_free(in_port_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_bound = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return is_bound;
}

static void do_port(struct supervisor *s, char *args, struct answer *answer)
{
    // Below the ports that clients get (32768), and apart from other supervisors' by our pid.
    in_port_t port = (in_port_t)(9876 + getpid() % 2000 * 10);
    (void)args;
    if (port <= s->last_port)
        port = (in_port_t)(s->last_port + 1);
    while (!is_free(port) && port < 32768)
        port++;
    s->last_port = port;
    fprintf(answer->text, "%d", port);
}

static void do_did(struct supervisor *s, char *args, struct answer *answer)
{
    (void)answer;
    tell(s, "%s", args);
}

static void do_story(struct supervisor *s, char *args, struct answer *answer)
{
    (void)s, (void)args;
    answer->ok = false;
}

// By its port a trace knows a client. Of both ends' ports that is the higher one, see do_port(). A
// visit that the server has reset has no other end any more, but its own port.
static void record_clients(struct supervisor *s, bool visits)
{
    for (struct connection *c = s->session.first; c != NULL; c = c->next) {
        int ours = connection_port(c, false), theirs = connection_port(c, true);
        if (!c->listening && ours != 0 && (theirs != 0 || visits))
            record_tell(&s->record, "client", "%s %d", c->name, ours > theirs ? ours : theirs);
    }
}

static void do_connection(struct supervisor *s, char *line, struct answer *answer)
{
    struct outcome outcome = {0};
    enum script_result result = script_run(&s->session, line, &outcome);
    bool visits = strstr(line, " visit") != NULL;
    if (s->record.story != NULL && (visits || strstr(line, " connect") || strstr(line, " accept")))
        record_clients(s, visits);
    if (result == SCRIPT_INVALID) {
        broken(answer, "%s: %s", line, outcome.got);
    } else {
        if (result == SCRIPT_FAILED)
            failed(answer, outcome.expected, outcome.got);
        else
            tell(s, "%s", outcome.did);
        if (result == SCRIPT_OK && outcome.value != 0)
            fprintf(answer->text, "%ld", outcome.value);
    }
    outcome_clear(&outcome);
}

static const struct {
    const char *name;
    command_function *run;
} commands[] = {
    {"start", do_start},   {"await", do_await},       {"check", do_check}, {"ask", do_ask},
    {"pids", do_pids},     {"pid", do_pid},           {"ended", do_ended}, {"signal", do_signal},
    {"finish", do_finish}, {"clean", do_clean},       {"did", do_did},     {"story", do_story},
    {"port", do_port},     {"patience", do_patience}, {"at", do_at},       {"full", do_full},
    {"room", do_room},     {"quiet", do_quiet},
};

// What such a command tells has come about at its end, all else at its begin.
static bool waits_for_something(const char *line)
{
    static const char *const words[] = {"await ", "check ", "ask ", "ended ", " expect", " accept"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (words[i][0] == ' ' ? strstr(line, words[i]) != NULL
                               : strncmp(line, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

// What failed for one of a crowd tells for whom in its last line: ` (crowd.7)`. Else "".
static const char *who_of_many(const char *text)
{
    static char who[NAME_SIZE + 4];
    const char *open = strrchr(text, '('), *close = open != NULL ? strstr(open, ")\n") : NULL;
    who[0] = '\0';
    if (close != NULL && close[2] == '\0' && close - open < NAME_SIZE)
        snprintf(who, sizeof who, " %.*s", (int)(close - open + 1), open);
    return who;
}

static void run(struct supervisor *s, char *line)
{
    char *text = NULL;
    size_t size, length = strcspn(line, " "), i = 0;
    struct answer answer = {.ok = true, .text = open_memstream(&text, &size)};

    while (i < sizeof commands / sizeof *commands &&
           (strlen(commands[i].name) != length || strncmp(commands[i].name, line, length) != 0))
        i++;
    record_begin(&s->record, waits_for_something(line));
    char *kept = s->record.story != NULL ? strdup(line) : NULL; // commands cut it up
    if (i < sizeof commands / sizeof *commands)
        commands[i].run(s, line + length + (line[length] == ' '), &answer);
    else
        do_connection(s, line, &answer);
    if (!answer.ok) {
        fflush(answer.text);
        record_begin(&s->record, true);
        record_tell(&s->record, "failed", "%s%s", kept, who_of_many(text));
    }
    free(kept);
    if (!answer.ok && !answer.broken) {
        print_story(s, answer.text);
        print_notes(s, answer.text);
    }
    fclose(answer.text);
    if (answer.ok)
        printf("ok %s\n", text);
    else
        printf("no\n%s.\n", text);
    fflush(stdout);
    free(text);
}

// Between commands only the limits are watched.
static bool idle_go_on(void *arg, double since, char *why_not, size_t size)
{
    struct supervisor *s = arg;
    struct activity activity;
    (void)since, (void)why_not, (void)size;
    patience_enforce_limits(s->programs, &activity);
    return !asked_to_stop;
}

static void serve_commands(struct supervisor *s)
{
    struct patience impatient = {.go_on = patience_go_on, .arg = &s->patience};
    struct patience idle = {.go_on = idle_go_on, .arg = s};
    struct pollfd commands_fd = {.fd = STDIN_FILENO, .events = POLLIN};
    char *line = NULL;
    size_t size = 0;
    ssize_t length;

    setvbuf(stdin, NULL, _IONBF, 0);
    for (;;) {
        s->session.patience = idle;
        if (!connection_wait(&s->session, &commands_fd, 1))
            break;
        if ((length = getline(&line, &size, stdin)) <= 0)
            break;
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        s->session.patience = impatient;
        run(s, line);
    }
    free(line);
}

int main(int argc, char **argv)
{
    struct supervisor s = {0};
    if (argc < 3)
        errx(2, "usage: supervise TMPDIR TOOLS [SEED [RECORDS TEST]]");
    if (asprintf(&s.scratch, "%s/supervise.XXXXXX", argv[1]) == -1 || mkdtemp(s.scratch) == NULL)
        err(3, "%s", argv[1]);
    s.tools = argv[2];
    s.session.seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    if (argc > 5 && record_open(&s.record, argv[4], argv[5]) == -1)
        err(3, "%s", argv[4]);
    patience_init(&s.patience, &s.programs);
    process_adopt_orphans();
    struct sigaction stop = {.sa_handler = on_stop};
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOFBF, BUFSIZ);

    serve_commands(&s);

    session_end(&s.session);
    while (s.programs != NULL) {
        struct program *next = s.programs->next;
        program_end(s.programs);
        free(s.programs);
        s.programs = next;
    }
    process_end_orphans();
    record_close(&s.record, s.scratch);
    while (s.story_size > 0)
        free(s.story[--s.story_size]);
    remove_tree(s.scratch);
    free(s.scratch);
    return 0;
}
