/*
 * supervise.c - runs the programs of one check and talks to them, as a script tells it.
 *
 *     supervise TMPDIR TOOLS [SEED]    commands on stdin, one a line; answers on stdout
 *
 *        bats check ──lines──> supervise ──starts, watches──> learner's program(s)
 *                   <─answer──     └────── connections ─────────────┘
 *
 * An answer is `ok`, `ok VALUE`, or `no` and then keyed lines up to a single dot: did| what was
 * done so far, expected| and got|, note| what is known of the programs, todo| the step that is
 * not written, broken| the check itself is wrong. Commands:
 *
 *   start NAME [under=memcheck|thread] [talk=CONNECTION] [files=N] [faults=SPEC] -- PROGRAM ARG...
 *   await NAME QUANTITY [= != < <= > >=] VALUE    until it is so (quantity.h lists the quantities)
 *   check NAME QUANTITY [OP] VALUE                it must be so now
 *   ask NAME QUANTITY                             answers the number; `pids` instead: whose it is
 *   ended NAME zero|nonzero|N|exit|SIGNAL         waits for its end, which must be this one; exit
 *                                                 is any status, but no signal
 *   signal NAME SIGNAL [QUANTITY]                 sends it to the first process; or to the others
 *                                                 that the quantity is about
 *   full NAME                                     no descriptor is free any more (RLIMIT_NOFILE)
 *   room NAME                                     ... and now there are again
 *   finish NAME                                   SIGTERM, and SIGKILL if it does not end
 *   clean NAME                                    memcheck or ThreadSanitizer found nothing
 *   port                                          answers a port that nobody uses
 *   at HOST PORT                                  where `connect` goes
 *   patience SECONDS                              how long nothing may move
 *   story                                         `no`, with did| and note| lines: a check failed
 *   did TEXT                                      adds a line to the story
 * and all of script.h's for connections; connect and accept answer the client's port. At the end of stdin everything is ended.
 */
#include "bytes.h"
#include "interrupt.h"
#include "patience.h"
#include "quantity.h"
#include "script.h"
#include "todo.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STORY_MAX = 256, STORY_HEAD = 4, STORY_TAIL = 10 };

struct supervisor {
    struct session session;
    struct patience_state patience;
    struct program *programs;
    char *scratch; // our own directory: outputs and logs of the programs
    const char *tools;
    in_port_t last_port;    // that was given out
    char *story[STORY_MAX]; // what was done, in words; the last lines if there are more
    size_t story_size;
};

// What a command answers: `value` after ok; nothing to say leaves it empty.
struct answer {
    bool ok, broken;
    FILE *text; // after ok one value, after no the keyed lines
};

typedef void command_function(struct supervisor *s, char *args, struct answer *answer);

static volatile sig_atomic_t asked_to_stop;

static void on_stop(int sig)
{
    (void)sig;
    asked_to_stop = 1;
}

// --- Telling --------------------------------------------------------------------------------

__attribute__((format(printf, 2, 3))) static void tell(struct supervisor *s, const char *format,
                                                       ...)
{
    va_list args;
    if (s->story_size == STORY_MAX) {
        free(s->story[STORY_HEAD]);
        memmove(s->story + STORY_HEAD, s->story + STORY_HEAD + 1,
                (STORY_MAX - STORY_HEAD - 1) * sizeof *s->story);
        s->story_size--;
    }
    va_start(args, format);
    if (vasprintf(&s->story[s->story_size], format, args) >= 0)
        s->story_size++;
    va_end(args);
}

static void print_keyed(FILE *to, const char *key, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        fprintf(to, "%s|%.*s\n", key, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

static void print_story(struct supervisor *s, FILE *to)
{
    for (size_t i = 0; i < s->story_size; i++) {
        if (i >= STORY_HEAD && i + STORY_TAIL < s->story_size) {
            if (i == STORY_HEAD)
                fprintf(to, "did|...\n");
            continue;
        }
        print_keyed(to, "did", s->story[i]);
    }
}

static void print_notes(struct supervisor *s, FILE *to)
{
    for (struct program *program = s->programs; program != NULL; program = program->next) {
        program_print_notes(to, program);
        if (program_tool_failed(program, s->scratch))
            fprintf(to, "broken|%s cannot run this program on this machine\n",
                    program->under == UNDER_MEMCHECK ? "valgrind" : "ThreadSanitizer");
    }
}

// The check is wrong: nobody's program is to blame.
__attribute__((format(printf, 2, 3))) static void broken(struct answer *answer, const char *format,
                                                         ...)
{
    va_list args;
    answer->ok = false;
    answer->broken = true;
    fprintf(answer->text, "broken|");
    va_start(args, format);
    vfprintf(answer->text, format, args);
    va_end(args);
    fputc('\n', answer->text);
}

// The program is wrong: what was expected and what came, both without their keys.
static void failed(struct answer *answer, const char *expected, const char *got)
{
    answer->ok = false;
    print_keyed(answer->text, "expected", expected);
    print_keyed(answer->text, "got", got);
}

// --- Programs -------------------------------------------------------------------------------

static struct program *find_program(struct supervisor *s, const char *name)
{
    for (struct program *program = s->programs; program != NULL; program = program->next)
        if (strcmp(program->name, name) == 0)
            return program;
    return NULL;
}

static char *next_word(char **rest)
{
    return strtok_r(NULL, " ", rest);
}

// Takes the program's name from the front of the arguments.
static struct program *take_program(struct supervisor *s, char *args, char **rest,
                                    struct answer *answer)
{
    char *name = strtok_r(args, " ", rest);
    struct program *program = name != NULL ? find_program(s, name) : NULL;
    if (program == NULL)
        broken(answer, "no program was started under the name %s", name != NULL ? name : "\"\"");
    return program;
}

// Takes one option of start. Returns false if it is none.
static bool take_option(struct program_start *start, const char **talk, char *word)
{
    if (strcmp(word, "under=memcheck") == 0)
        start->under = UNDER_MEMCHECK;
    else if (strcmp(word, "under=thread") == 0)
        start->under = UNDER_THREAD_SANITIZER;
    else if (strncmp(word, "talk=", 5) == 0)
        *talk = word + 5;
    else if (strncmp(word, "files=", 6) == 0)
        start->files = (unsigned)atoi(word + 6);
    else if (strncmp(word, "faults=", 7) == 0)
        start->faults = word + 7;
    else
        return false;
    return true;
}

// Takes the program's argument words; '' stands for an empty one.
static bool take_arguments(char **argv, char **rest)
{
    size_t count = 0;
    for (char *word; (word = next_word(rest)) != NULL && count < PROGRAM_ARGS_MAX;) {
        if (strcmp(word, "''") == 0)
            *word = '\0';
        ssize_t size = bytes_unescape(word);
        if (size == -1)
            return false;
        word[size] = '\0';
        argv[count++] = word;
    }
    argv[count] = NULL;
    return count > 0;
}

static void tell_start(struct supervisor *s, const struct program_start *start, const char *faults)
{
    char *line = NULL;
    size_t size;
    FILE *to = open_memstream(&line, &size);
    const char *slash = strrchr(start->argv[0], '/');
    fprintf(to, "started ./%s", slash != NULL ? slash + 1 : start->argv[0]);
    for (char **arg = start->argv + 1; *arg != NULL; arg++)
        fprintf(to, **arg == '\0' ? " \"\"" : " %s", *arg);
    if (start->under == UNDER_MEMCHECK)
        fprintf(to, " under valgrind");
    if (start->under == UNDER_THREAD_SANITIZER)
        fprintf(to, " built with ThreadSanitizer");
    if (start->files > 0)
        fprintf(to, " with a limit of %u descriptors", start->files);
    if (faults != NULL)
        fprintf(to, " while these system calls misbehave: %s", faults);
    fclose(to);
    tell(s, "%s", line);
    free(line);
}

static void do_start(struct supervisor *s, char *args, struct answer *answer)
{
    char *argv[PROGRAM_ARGS_MAX + 1], *rest, *word, *name = strtok_r(args, " ", &rest);
    const char *talk = NULL;
    struct program_start start = {
        .name = name, .scratch = s->scratch, .tools = s->tools, .argv = argv};

    while ((word = next_word(&rest)) != NULL && strcmp(word, "--") != 0)
        if (!take_option(&start, &talk, word)) {
            broken(answer, "start: unknown option %s", word);
            return;
        }
    if (name == NULL || word == NULL || !take_arguments(argv, &rest)) {
        broken(answer, "start NAME [OPTION]... -- PROGRAM ARG...");
        return;
    }
    struct program *program = find_program(s, name);
    if (program != NULL && !program->process.ended) {
        broken(answer, "start: %s runs already", name);
        return;
    }
    if (program == NULL) {
        if ((program = calloc(1, sizeof *program)) == NULL)
            err(3, "calloc");
        program->next = s->programs;
        s->programs = program;
    }
    start.talk = talk != NULL;
    struct program *next = program->next;
    int done = program_start(program, &start);
    program->next = next;
    tell_start(s, &start, start.faults);
    if (done == -1)
        broken(answer, "start: %s: %s", argv[0], strerror(errno));
    else if (talk != NULL)
        connection_add(&s->session, talk, program->from_stdout, program->to_stdin);
}

// Sends a signal to the first process; or to the others that a quantity is about.
static void send_signal(struct supervisor *s, struct program *program, int sig, char *quantity,
                        struct answer *answer)
{
    static struct family who;
    char *words = NULL;
    size_t size;
    long value;

    if (quantity == NULL) {
        tell(s, "sent SIG%s to %s", sigabbrev_np(sig), program->name);
        if (sig == SIGTERM || sig == SIGKILL)
            program->expected_to_end = true;
        if (!program->process.ended)
            kill(program->process.pid, sig);
        return;
    }
    FILE *to = open_memstream(&words, &size);
    bool known = quantity_measure(quantity, program, &s->session, &value, &who, to);
    fclose(to);
    long sent = 0;
    for (size_t i = 0; known && i < who.count; i++)
        if (who.pids[i] != program->process.pid)
            sent += kill(who.pids[i], sig) == 0;
    if (known)
        tell(s, "sent SIG%s to %ld %s%s", sigabbrev_np(sig), sent, quantity_noun(quantity, sent),
             words + strlen(quantity_noun(quantity, value)));
    else
        broken(answer, "unknown quantity %s", quantity);
    free(words);
}

static void do_signal(struct supervisor *s, char *args, struct answer *answer)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"STOP", SIGSTOP}, {"CONT", SIGCONT}, {"TERM", SIGTERM},
                   {"KILL", SIGKILL}, {"INT", SIGINT},   {"HUP", SIGHUP},
                   {"USR1", SIGUSR1}, {"CHLD", SIGCHLD}, {"ALRM", SIGALRM}};
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    char *name = program != NULL ? next_word(&rest) : NULL;
    if (program == NULL)
        return;
    for (size_t i = 0; name != NULL && i < sizeof signals / sizeof *signals; i++)
        if (strcmp(signals[i].name, name) == 0) {
            send_signal(s, program, signals[i].number, next_word(&rest), answer);
            return;
        }
    broken(answer, "signal: unknown signal %s", name != NULL ? name : "\"\"");
}

static void limit_files(struct supervisor *s, char *args, struct answer *answer, bool full)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program == NULL || program->process.ended)
        return;
    tell(s, full ? "left %s no free descriptor" : "gave %s free descriptors again", program->name);
    rlim_t most = full ? (rlim_t)observe_free_descriptor(program->process.pid) : RLIM_INFINITY;
    if (program_limit_files(program, most) == -1)
        broken(answer, "the limit of descriptors of %s cannot be changed", program->name);
}

static void do_full(struct supervisor *s, char *args, struct answer *answer)
{
    limit_files(s, args, answer, true);
}

static void do_room(struct supervisor *s, char *args, struct answer *answer)
{
    limit_files(s, args, answer, false);
}

// Waits for the end of a program. Returns false when patience ended first.
static bool wait_for_end(struct supervisor *s, struct program *program)
{
    while (process_wait(&program->process, 0) == 0) {
        struct pollfd ended = {.fd = program->process.pidfd, .events = POLLIN};
        if (!connection_wait(&s->session, &ended, 1))
            return process_wait(&program->process, 0) != 0;
    }
    return true;
}

static void do_finish(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program == NULL)
        return;
    tell(s, "ended %s", program->name);
    process_wait(&program->process, 0);
    if (!program->process.ended) {
        program->expected_to_end = true;
        kill(program->process.pid, SIGTERM);
        kill(program->process.pid, SIGCONT);
        wait_for_end(s, program);
    }
    program_end(program);
}

// Did it end at a step that is not written? That is no failure that a check can be content with.
static bool ended_at_todo(const struct program *program)
{
    static const char mark[] = " is not written yet";
    return WIFEXITED(program->process.status) &&
           WEXITSTATUS(program->process.status) == TODO_STATUS &&
           program_count_text(program->err, mark, sizeof mark - 1) > 0;
}

// Does its end match "zero", "nonzero", an exit status, "exit" for any, or a signal's name?
static bool ended_as(const struct program *program, const char *how)
{
    int status = program->process.status;
    if (program->stopped_for != NULL)
        return false;
    if (WIFSIGNALED(status))
        return strcmp(how, sigabbrev_np(WTERMSIG(status))) == 0;
    if (strcmp(how, "exit") == 0)
        return true;
    if (ended_at_todo(program))
        return false;
    if (strcmp(how, "zero") == 0)
        return WEXITSTATUS(status) == 0;
    if (strcmp(how, "nonzero") == 0)
        return WEXITSTATUS(status) != 0;
    return *how >= '0' && *how <= '9' && WEXITSTATUS(status) == atoi(how);
}

static void do_ended(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest, *how, *got = NULL, expected[128];
    size_t size;
    struct program *program = take_program(s, args, &rest, answer);
    if (program == NULL)
        return;
    if ((how = next_word(&rest)) == NULL) {
        broken(answer, "ended NAME zero|nonzero|STATUS|exit|SIGNAL");
        return;
    }
    bool in_time = wait_for_end(s, program);
    program->expected_to_end = program->process.ended;
    FILE *to = open_memstream(&got, &size);
    fprintf(to, "%s ", program->name);
    program_print_end(to, program);
    if (!in_time)
        fprintf(to, ": %s", s->session.gave_up);
    fclose(to);
    if (in_time && ended_as(program, how)) {
        tell(s, "%s", got);
    } else {
        bool number = *how >= '0' && *how <= '9', word = strstr(how, "zero") != NULL;
        if (strcmp(how, "exit") == 0)
            snprintf(expected, sizeof expected, "%s to exit, and no signal to end it",
                     program->name);
        else
            snprintf(expected, sizeof expected, "%s to end %s%s%s", program->name,
                     number ? "with status " : (word ? "with a " : "by SIG"), how,
                     word ? " exit status" : "");
        failed(answer, expected, got);
    }
    free(got);
}

static void do_clean(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program == NULL)
        return;
    if (program->under == UNDER_NOTHING || !program->process.ended) {
        broken(answer, "clean: %s must have ended, and run under a tool", program->name);
        return;
    }
    answer->ok = !program_tool_failed(program, s->scratch) &&
                 program_is_clean(answer->text, program, s->scratch);
    if (!answer->ok)
        fprintf(answer->text, "expected|no report by %s\n",
                program->under == UNDER_MEMCHECK ? "valgrind" : "ThreadSanitizer");
}

// --- Quantities -----------------------------------------------------------------------------

struct condition {
    struct program *program;
    const char *quantity, *op;
    long wanted;
};

static bool holds(const struct condition *condition, long value)
{
    const char *op = condition->op;
    long wanted = condition->wanted;
    switch (op[0]) {
    case '=':
        return value == wanted;
    case '!':
        return value != wanted;
    case '<':
        return op[1] == '=' ? value <= wanted : value < wanted;
    default:
        return op[1] == '=' ? value >= wanted : value > wanted;
    }
}

static bool take_condition(struct supervisor *s, char *args, struct condition *condition,
                           struct answer *answer)
{
    static const char *const ops[] = {"=", "!=", "<", "<=", ">", ">="};
    char *rest, *end = NULL, *space;
    if ((condition->program = take_program(s, args, &rest, answer)) == NULL)
        return false;
    // From behind, as the text of out:TEXT may have blanks.
    const char *value = (space = strrchr(rest, ' ')) != NULL ? space + 1 : "";
    if (space != NULL)
        *space = '\0';
    condition->quantity = rest;
    condition->op = "=";
    space = strrchr(rest, ' ');
    for (size_t i = 0; space != NULL && i < sizeof ops / sizeof *ops; i++)
        if (strcmp(space + 1, ops[i]) == 0) {
            condition->op = ops[i];
            *space = '\0';
            break;
        }
    condition->wanted = strtol(value, &end, 10);
    if (end == value || *end != '\0') {
        broken(answer, "a condition is NAME QUANTITY [= != < <= > >=] NUMBER");
        return false;
    }
    return true;
}

static void print_pids(FILE *to, const struct family *who, size_t most)
{
    for (size_t i = 0; i < who->count && i < most; i++)
        fprintf(to, "%s%d", i == 0 ? "" : " ", (int)who->pids[i]);
    if (who->count > most)
        fprintf(to, " ...");
}

// Says that a condition does not hold. why is empty if it was only looked at once.
static void condition_failed(const struct condition *condition, long value, const char *words,
                             const struct family *who, const char *why, struct answer *answer)
{
    static const char *const names[][2] = {{"=", ""},           {"!=", "not "},
                                           {"<", "less than "}, {"<=", "at most "},
                                           {">", "more than "}, {">=", "at least "}};
    const char *op = "";
    // "zombies" of those that came, and "zombie" of the one that was wanted.
    const char *rest = words + strlen(quantity_noun(condition->quantity, value));
    // "on port 9876 (it listens ...)": the remark belongs to what was got.
    int bare = (int)strcspn(rest, "(");
    while (bare > 0 && rest[bare - 1] == ' ')
        bare--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i][0], condition->op) == 0)
            op = names[i][1];
    answer->ok = false;
    fprintf(answer->text, "expected|%s: %s%ld %s%.*s\n", condition->program->name, op,
            condition->wanted, quantity_noun(condition->quantity, condition->wanted), bare, rest);
    fprintf(answer->text, "got|%s: %ld %s", condition->program->name, value, words);
    if (who->count > 0) {
        fprintf(answer->text, ", pid ");
        print_pids(answer->text, who, 8);
    }
    fprintf(answer->text, "%s%s\n", *why != '\0' ? "; " : "", why);
}

// Looks until the condition holds, or once.
static void test_condition(struct supervisor *s, char *args, struct answer *answer, bool wait)
{
    static struct family who;
    struct condition condition = {0};
    char *words = NULL;
    size_t words_size;
    double start = now_seconds(), looked, waited = 0;
    long value;

    if (!take_condition(s, args, &condition, answer))
        return;
    s->session.gave_up[0] = '\0';
    for (;;) {
        free(words);
        looked = now_seconds();
        FILE *to = open_memstream(&words, &words_size);
        bool known =
            quantity_measure(condition.quantity, condition.program, &s->session, &value, &who, to);
        fclose(to);
        if (!known) {
            broken(answer, "unknown quantity %s", condition.quantity);
            break;
        }
        if (holds(&condition, value)) {
            // Numbers and pids are different each time; the story tells what was waited for.
            tell(s, "looked at %s: %ld %s", condition.program->name, value, words);
            break;
        }
        if (!wait) {
            condition_failed(&condition, value, words, &who, s->session.gave_up, answer);
            break;
        }
        if (!patience_go_on(&s->patience, waited, s->session.gave_up, sizeof s->session.gave_up)) {
            wait = false; // but its last act may have come meanwhile: look once more
            continue;
        }
        // Looking at hundreds of processes takes a while: leave as much time to them.
        connection_serve(&s->session, NULL, 0, 1 + (int)((now_seconds() - looked) * 1000));
        waited = now_seconds() - start;
    }
    free(words);
}

static void do_await(struct supervisor *s, char *args, struct answer *answer)
{
    test_condition(s, args, answer, true);
}

static void do_check(struct supervisor *s, char *args, struct answer *answer)
{
    test_condition(s, args, answer, false);
}

static void answer_quantity(struct supervisor *s, char *args, struct answer *answer, bool pids)
{
    static struct family who;
    char *rest, *words = NULL;
    size_t words_size;
    long value = 0;
    struct program *program = take_program(s, args, &rest, answer);
    char *quantity = program != NULL ? next_word(&rest) : NULL;
    if (program == NULL)
        return;
    FILE *to = open_memstream(&words, &words_size);
    bool known =
        quantity != NULL && quantity_measure(quantity, program, &s->session, &value, &who, to);
    fclose(to);
    free(words);
    if (!known)
        broken(answer, "unknown quantity %s", quantity != NULL ? quantity : "\"\"");
    else if (pids)
        print_pids(answer->text, &who, FAMILY_SIZE);
    else
        fprintf(answer->text, "%ld", value);
}

static void do_ask(struct supervisor *s, char *args, struct answer *answer)
{
    answer_quantity(s, args, answer, false);
}

static void do_pids(struct supervisor *s, char *args, struct answer *answer)
{
    answer_quantity(s, args, answer, true);
}

static void do_pid(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program != NULL)
        fprintf(answer->text, "%d", (int)program->process.pid);
}

// --- The rest -------------------------------------------------------------------------------

static void do_patience(struct supervisor *s, char *args, struct answer *answer)
{
    s->patience.idle_seconds = atof(args);
    if (!(s->patience.idle_seconds > 0))
        broken(answer, "patience: \"%s\" is no number of seconds", args);
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

static void do_connection(struct supervisor *s, char *line, struct answer *answer)
{
    struct outcome outcome = {0};
    enum script_result result = script_run(&s->session, line, &outcome);
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
    {"room", do_room},
};

static void run(struct supervisor *s, char *line)
{
    char *text = NULL;
    size_t size, length = strcspn(line, " "), i = 0;
    struct answer answer = {.ok = true, .text = open_memstream(&text, &size)};

    while (i < sizeof commands / sizeof *commands &&
           (strlen(commands[i].name) != length || strncmp(commands[i].name, line, length) != 0))
        i++;
    if (i < sizeof commands / sizeof *commands)
        commands[i].run(s, line + length + (line[length] == ' '), &answer);
    else
        do_connection(s, line, &answer);
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
static bool idle_go_on(void *arg, double waited, char *why_not, size_t size)
{
    struct supervisor *s = arg;
    struct activity activity;
    (void)waited, (void)why_not, (void)size;
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

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    remove(path); // what cannot be removed stays
    return 0;
}

static void remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

int main(int argc, char **argv)
{
    struct supervisor s = {0};
    if (argc < 3)
        errx(2, "usage: supervise TMPDIR TOOLS [SEED]");
    if (asprintf(&s.scratch, "%s/supervise.XXXXXX", argv[1]) == -1 || mkdtemp(s.scratch) == NULL)
        err(3, "%s", argv[1]);
    s.tools = argv[2];
    s.session.seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
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
    while (s.story_size > 0)
        free(s.story[--s.story_size]);
    remove_tree(s.scratch);
    free(s.scratch);
    return 0;
}
