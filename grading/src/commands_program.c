/*
 * commands_program.c - supervise's commands on programs: start, signal, end. See commands.h.
 */
#include "commands.h"

#include "bytes.h"
#include "quantity.h"
#include "todo.h"

#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static struct program *find_program(struct supervisor *s, const char *name)
{
    for (struct program *program = s->programs; program != NULL; program = program->next)
        if (strcmp(program->name, name) == 0)
            return program;
    return NULL;
}

struct program *take_program(struct supervisor *s, char *args, char **rest, struct answer *answer)
{
    char *name = strtok_r(args, " ", rest);
    struct program *program = name != NULL ? find_program(s, name) : NULL;
    if (program == NULL)
        broken(answer, "no program was started under the name %s", name != NULL ? name : "\"\"");
    return program;
}

// Stays on this processor, and so does whatever is started from now on. A program and a client
// that take turns need only one: to wake another one up for each turn takes longer than the turn.
static void use_one_processor(void)
{
    cpu_set_t one;
    int here = sched_getcpu();
    if (here == -1)
        return;
    CPU_ZERO(&one);
    CPU_SET((unsigned)here, &one);
    sched_setaffinity(0, sizeof one, &one);
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
    else if (strcmp(word, "cpus=1") == 0)
        use_one_processor();
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

// Says in words how one system call misbehaves: `write:short:1-8`, see misbehave.c.
static void tell_fault(FILE *to, char *fault)
{
    char *rest, *call = strtok_r(fault, ":", &rest), *effect = strtok_r(NULL, ":", &rest);
    if (effect == NULL)
        return;
    char *all = strchr(rest, '@');
    if (all != NULL)
        *all = '\0';
    const char *last = strchr(rest, '-'), *signal = strchr(effect, '+');
    if (strcmp(call, "wait") == 0)
        fprintf(to, "time limits are a thousand times as %s", effect);
    else if (strcmp(call, "nap") == 0)
        fprintf(to, "sleeps are a thousand times as %s", effect);
    else if (strcmp(call, "stdout") == 0)
        fprintf(to, "stdout takes 3 bytes at most");
    else if (strcmp(effect, "short") == 0)
        fprintf(to, "%s moves 3 bytes at most", call);
    else if (strcmp(effect, "flood") == 0)
        fprintf(to, strcmp(call, "read") == 0 ? "250000 bytes more are read, one by one"
                                              : "50000 clients more are accepted");
    else if (strcmp(call, "lock") == 0)
        fprintf(to, "a child is killed when it has the lock");
    else if (strcmp(call, "unlock") == 0)
        fprintf(to, "a child is killed before it gives the lock back");
    else if (strcmp(effect, "late") == 0)
        fprintf(to, "%s is late", call);
    else
        fprintf(to, "%s fails with %.*s%s", call, (int)strcspn(effect, "+"), effect,
                signal != NULL ? ", and a SIGCHLD comes" : "");
    if (last == NULL)
        fprintf(to, " (call %s)", rest);
    else if (last[1] != '\0')
        fprintf(to, " (calls %.*s to %s)", (int)(last - rest), rest, last + 1);
    else if (strncmp(rest, "1-", 2) != 0)
        fprintf(to, " (from call %.*s on)", (int)(last - rest), rest);
    if (all != NULL)
        fprintf(to, " in all processes together");
}

static void tell_faults(FILE *to, const char *faults)
{
    char *copy = strdup(faults), *rest = copy;
    const char *before = " while ";
    for (char *one; copy != NULL && (one = strtok_r(rest, ",", &rest)) != NULL; before = ", ") {
        fputs(before, to);
        tell_fault(to, one);
    }
    free(copy);
}

static void tell_start(struct supervisor *s, const struct program_start *start, const char *faults)
{
    char *line = NULL;
    size_t size;
    FILE *to = open_memstream(&line, &size);
    const char *slash = strrchr(start->argv[0], '/');
    fprintf(to, "started ./%s", slash != NULL ? slash + 1 : start->argv[0]);
    for (char **arg = start->argv + 1; *arg != NULL; arg++)
        fprintf(to, **arg == '\0' || strchr(*arg, ' ') != NULL ? " \"%s\"" : " %s", *arg);
    if (start->under == UNDER_MEMCHECK)
        fprintf(to, " under valgrind");
    if (start->under == UNDER_THREAD_SANITIZER)
        fprintf(to, " built with ThreadSanitizer");
    if (start->files > 0)
        fprintf(to, " with a limit of %u descriptors", start->files);
    if (faults != NULL)
        tell_faults(to, faults);
    fclose(to);
    tell(s, "%s", line);
    free(line);
}

void do_start(struct supervisor *s, char *args, struct answer *answer)
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
    char trace[PROGRAM_PATH_SIZE];
    if (s->record.story != NULL && start.under == UNDER_NOTHING) {
        snprintf(trace, sizeof trace, "%s/%s.%u.trace", s->scratch, name, ++s->record.traces);
        start.trace = trace;
    }
    struct program *next = program->next;
    int done = program_start(program, &start);
    program->next = next;
    if (start.trace != NULL)
        record_tell(&s->record, "program", "%s %d %s %s", name, (int)program->process.pid,
                    strrchr(trace, '/') + 1, argv[0]);
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

void do_signal(struct supervisor *s, char *args, struct answer *answer)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {{"STOP", SIGSTOP}, {"CONT", SIGCONT}, {"TERM", SIGTERM}, {"KILL", SIGKILL},
                   {"INT", SIGINT},   {"HUP", SIGHUP},   {"SEGV", SIGSEGV}, {"USR1", SIGUSR1},
                   {"CHLD", SIGCHLD}, {"ALRM", SIGALRM}};
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

static void limit_files(const struct program *program, pid_t pid, rlim_t most,
                        struct answer *answer)
{
    if (program_limit_files(program, pid, most) == -1 && kill(pid, 0) == 0)
        broken(answer, "the limit of descriptors of %s cannot be changed", program->name);
}

// Those of its other processes that clients come to, as they have the listening socket: leaves them
// no free descriptor either, or as many as at the start.
static void limit_workers(struct supervisor *s, struct program *program, bool full,
                          struct answer *answer)
{
    static struct family who;
    char *words = NULL;
    size_t words_size;
    long value;
    FILE *to = open_memstream(&words, &words_size);
    quantity_measure("holders:listener", program, &s->session, &value, &who, to);
    fclose(to);
    free(words);
    for (size_t i = 0; i < who.count; i++) {
        pid_t pid = who.pids[i];
        rlim_t most = full ? (rlim_t)observe_free_descriptor(pid) : RLIM_INFINITY;
        if (pid != program->process.pid)
            limit_files(program, pid, most, answer);
    }
}

void do_full(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program == NULL || program->process.ended)
        return;
    pid_t pid = program->process.pid;
    const char *what = next_word(&rest);
    int most = observe_free_descriptor(pid);
    if (what != NULL && strcmp(what, "reusable") == 0) {
        most = observe_highest_descriptor(pid) + 1;
        fprintf(answer->text, "%zu", (size_t)most - observe_descriptors(pid, false));
    } else if (what != NULL) {
        broken(answer, "full: what is %s?", what);
        return;
    }
    tell(s, "left %s no free descriptor", program->name);
    limit_files(program, pid, (rlim_t)most, answer);
    limit_workers(s, program, true, answer);
}

void do_room(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program == NULL || program->process.ended)
        return;
    tell(s, "gave %s free descriptors again", program->name);
    limit_files(program, program->process.pid, RLIM_INFINITY, answer);
    limit_workers(s, program, false, answer);
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

void do_finish(struct supervisor *s, char *args, struct answer *answer)
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

void do_ended(struct supervisor *s, char *args, struct answer *answer)
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

void do_clean(struct supervisor *s, char *args, struct answer *answer)
{
    char *rest;
    struct program *program = take_program(s, args, &rest, answer);
    if (program == NULL)
        return;
    if (program->under == UNDER_NOTHING || !program->process.ended) {
        broken(answer, "clean: %s must have ended, and run under a tool", program->name);
        return;
    }
    int status = program->process.status;
    // memcheck reports what is lost when the program ends, but not when it is killed.
    if (program->under == UNDER_MEMCHECK && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
        failed(answer, "SIGTERM to end it, so that valgrind can report what is lost",
               "it did not end, and was killed");
        return;
    }
    answer->ok = !program_tool_failed(program, s->scratch) &&
                 program_is_clean(answer->text, program, s->scratch);
    if (!answer->ok)
        fprintf(answer->text, "expected|no report by %s\n",
                program->under == UNDER_MEMCHECK ? "valgrind" : "ThreadSanitizer");
}
