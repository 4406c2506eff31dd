/*
 * trace.c - see trace.h.
 */
#include "trace.h"

#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { PENDING_MAX = 1024, LINE_MAX_SIZE = 1 << 16 };

static const char unfinished_mark[] = " <unfinished ...>";

// A call whose line was broken off as another thread had something to tell.
struct pending {
    size_t event;
    char *text; // "read(4, ", as far as it was written
};

struct reader {
    struct trace *trace;
    const char *program;
    struct pending pending[PENDING_MAX];
    size_t pending_count;
    size_t last; // the event that stack lines belong to, or NONE
};

static const size_t NONE = (size_t)-1;

// --- One line -----------------------------------------------------------------------------------

// Finds the end of a call's arguments, which begin at `at`: the parenthesis that closes. Strings
// may hold any character, those of -yy brackets. NULL if there is none.
static const char *find_close(const char *at)
{
    unsigned depth = 0;
    bool quoted = false;
    for (; *at != '\0'; at++) {
        if (quoted) {
            if (*at == '\\' && at[1] != '\0')
                at++;
            else if (*at == '"')
                quoted = false;
        } else if (*at == '"') {
            quoted = true;
        } else if (strchr("([{", *at) != NULL) {
            depth++;
        } else if (strchr(")]}", *at) != NULL) {
            if (depth == 0)
                return *at == ')' ? at : NULL;
            depth--;
        }
    }
    return NULL;
}

// Reads ` = 4<TCP:[...]> <0.000123>`, ` = -1 EAGAIN (...) <...>` or ` = ?`.
static bool read_result(struct event *event, const char *at)
{
    const char *spent = strrchr(at, '<');
    at += strspn(at, " ");
    if (at[0] != '=' || at[1] != ' ')
        return false;
    if (spent != NULL)
        event->ended = event->begun + strtod(spent + 1, NULL);
    at += 2;
    if (*at == '?') { // it does not return: exit, an interruption, or the end of all
        event->interrupted = strncmp(at + 1, " ERESTART", 9) == 0;
        return true;
    }
    char *end;
    event->result = strtol(at, &end, 0);
    if (end == at)
        return false;
    event->returned = true;
    if (*end == '<') {
        const char *close = strchr(end, '>');
        // An arrow stands between two addresses.
        while (close != NULL && close > end && close[-1] == '-')
            close = strchr(close + 1, '>');
        if (close == NULL)
            return false;
        free(event->result_note);
        event->result_note = clean_text(end + 1, (size_t)(close - end - 1), 200);
        end = (char *)close + 1;
    }
    end += strspn(end, " ");
    size_t letters = 0;
    while (isupper((unsigned char)end[letters]) || isdigit((unsigned char)end[letters]))
        letters++;
    if (event->result == -1 && letters > 1 && end[0] == 'E') {
        free(event->error);
        event->error = format_text("%.*s", (int)letters, end);
    }
    return true;
}

// A call that misbehave.so let fail never came to the kernel. It has written of it to descriptor -1.
static void reveal_fault(struct event *event)
{
    static const char sign[] = "-1, \"misbehave: ";
    if (strcmp(event->name, "write") != 0 || strncmp(event->arguments, sign, strlen(sign)) != 0)
        return;
    char *call = event->arguments + strlen(sign);
    size_t size = strcspn(call, " ");
    if (call[size] != ' ')
        return;
    char *error = call + size + 1;
    char *name = format_text("%.*s", (int)size, call);
    free(event->error);
    event->error = format_text("%.*s", (int)strcspn(error, "\""), error);
    free(event->name);
    event->name = name;
    event->arguments[0] = '\0';
}

// Reads `read(4, "hello\n", 16384) = 6 <0.000123>` into an event that has its time.
static bool read_call(struct event *event, const char *text)
{
    size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789");
    if (name == 0 || text[name] != '(')
        return false;
    const char *arguments = text + name + 1, *close = find_close(arguments);
    free(event->name);
    event->name = format_text("%.*s", (int)name, text);
    if (close == NULL) { // broken off, or cut by strace in mid-air
        free(event->arguments);
        event->arguments = clean_text(arguments, strlen(arguments), 300);
        return true;
    }
    free(event->arguments);
    event->arguments = clean_text(arguments, (size_t)(close - arguments), 300);
    if (!read_result(event, close + 1))
        return false;
    reveal_fault(event);
    return true;
}

// --- Calls that come in two parts ---------------------------------------------------------------

static size_t find_pending(const struct reader *reader, pid_t pid)
{
    for (size_t i = 0; i < reader->pending_count; i++)
        if (reader->trace->event[reader->pending[i].event].pid == pid)
            return i;
    return NONE;
}

static void forget_pending(struct reader *reader, size_t at)
{
    free(reader->pending[at].text);
    reader->pending[at] = reader->pending[--reader->pending_count];
}

static bool put_aside(struct reader *reader, size_t event, const char *text, size_t size)
{
    if (reader->pending_count == PENDING_MAX)
        return false;
    reader->pending[reader->pending_count++] =
        (struct pending){.event = event, .text = format_text("%.*s", (int)size, text)};
    return true;
}

// `<... read resumed>"hello\n", 16384) = 6`: the rest of what the same thread began.
static bool resume(struct reader *reader, pid_t pid, const char *text)
{
    size_t at = find_pending(reader, pid);
    const char *rest = strstr(text, " resumed>");
    if (at == NONE || rest == NULL)
        return false;
    size_t event = reader->pending[at].event, mark = strlen(unfinished_mark);
    rest += strlen(" resumed>");
    if (strncmp(rest, unfinished_mark, mark) == 0) // it was killed there
        rest += mark;
    char *whole = format_text("%s%s", reader->pending[at].text, rest);
    forget_pending(reader, at);
    bool good = read_call(&reader->trace->event[event], whole);
    free(whole);
    reader->last = event;
    return good;
}

// --- Lines --------------------------------------------------------------------------------------

static struct event *add_event(struct trace *trace, pid_t pid, char *thread, double time)
{
    if (trace->count == trace->room) {
        trace->room = trace->room == 0 ? 256 : 2 * trace->room;
        trace->event = grow(trace->event, trace->room, sizeof *trace->event);
    }
    trace->event[trace->count] =
        (struct event){.pid = pid, .thread = thread, .begun = time, .ended = time};
    return &trace->event[trace->count++];
}

void event_free(struct event *event)
{
    free(event->thread);
    free(event->name);
    free(event->arguments);
    free(event->result_note);
    free(event->error);
    free(event->program);
}

// `+++ exited with 0 +++`, `+++ killed by SIGPIPE (core dumped) +++`
static bool read_end(struct event *event, const char *text)
{
    static const char exited[] = "exited with ", killed[] = "killed by ";
    if (strncmp(text, exited, strlen(exited)) == 0) {
        event->kind = EVENT_EXIT;
        event->result = strtol(text + strlen(exited), NULL, 10);
        event->name = copy_text("exit");
        return true;
    }
    if (strncmp(text, killed, strlen(killed)) == 0) {
        size_t size = strspn(text + strlen(killed), "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
        event->kind = EVENT_KILLED;
        event->name = format_text("%.*s", (int)size, text + strlen(killed));
        return true;
    }
    return false;
}

// `--- SIGCHLD {si_signo=SIGCHLD, ...} ---`
static bool read_signal(struct event *event, const char *text)
{
    size_t size = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    if (size < 4 || strncmp(text, "SIG", 3) != 0)
        return false;
    event->kind = EVENT_SIGNAL;
    event->name = format_text("%.*s", (int)size, text);
    const char *more = text + size + strspn(text + size, " ");
    size_t length = strlen(more);
    event->arguments = clean_text(more, length > 4 ? length - 4 : 0, 200);
    return true;
}

// The thread's name becomes the event's.
static bool read_new_event(struct reader *reader, pid_t pid, char *thread, double time,
                           const char *text)
{
    size_t length = strlen(text), mark = strlen(unfinished_mark);
    struct event *event = add_event(reader->trace, pid, thread, time);
    size_t index = reader->trace->count - 1;
    bool good;
    if (strncmp(text, "+++ ", 4) == 0) {
        good = read_end(event, text + 4);
    } else if (strncmp(text, "--- ", 4) == 0) {
        good = read_signal(event, text + 4);
    } else if (length > mark && strcmp(text + length - mark, unfinished_mark) == 0) {
        char *begun = format_text("%.*s", (int)(length - mark), text);
        good = read_call(event, begun) && put_aside(reader, index, text, length - mark);
        free(begun);
    } else {
        good = read_call(event, text) && find_close(strchr(text, '(') + 1) != NULL;
    }
    if (!good)
        event_free(&reader->trace->event[--reader->trace->count]);
    reader->last = good ? index : NONE;
    return good;
}

// ` > /home/.../server(accept_client+0x2b) [0x1716]`: the first one in the program itself counts.
static bool read_frame(struct reader *reader, const char *line)
{
    const char *address = strrchr(line, '['), *parenthesis = strrchr(line, '(');
    if (address == NULL || parenthesis == NULL || reader->last == NONE)
        return false;
    struct event *event = &reader->trace->event[reader->last];
    const char *path = line + strlen(" > ");
    size_t size = (size_t)(parenthesis - path);
    if (event->program != NULL || reader->program == NULL || parenthesis < path ||
        strlen(reader->program) != size || strncmp(path, reader->program, size) != 0)
        return true;
    event->program = copy_text(reader->program);
    event->address = strtoul(address + 1, NULL, 16);
    return true;
}

static bool read_line(struct reader *reader, const char *line)
{
    char *end;
    if (strncmp(line, " > ", 3) == 0)
        return read_frame(reader, line);
    long pid = strtol(line, &end, 10);
    const char *name = *end == '<' ? end + 1 : NULL; // strace writes < and > in it as \74 and \76
    const char *at = name != NULL ? strchr(name, '>') : end;
    size_t length = name != NULL && at != NULL ? (size_t)(at - name) : 0;
    if (pid <= 0 || at == NULL)
        return false;
    at += name != NULL;
    double time = strtod(at, &end);
    if (*at != ' ' || end == at || *end != ' ')
        return false;
    if (strncmp(end + 1, "<... ", 5) == 0)
        return resume(reader, (pid_t)pid, end + 1);
    char *thread = name != NULL ? clean_text(name, length, 60) : NULL;
    return read_new_event(reader, (pid_t)pid, thread, time, end + 1);
}

// --- All of it ----------------------------------------------------------------------------------

static int compare_begun(const void *a, const void *b)
{
    const struct event *first = a, *second = b;
    if (first->begun != second->begun)
        return first->begun < second->begun ? -1 : 1;
    return 0;
}

static void sort_events(struct trace *trace)
{
    // strace writes in order, so there is mostly nothing to do.
    for (size_t i = 1; i < trace->count; i++)
        if (trace->event[i].begun < trace->event[i - 1].begun) {
            qsort(trace->event, trace->count, sizeof *trace->event, compare_begun);
            return;
        }
}

void trace_read(struct trace *trace, const char *bytes, size_t size, const char *program)
{
    struct reader *reader = grow(NULL, 1, sizeof *reader);
    char *line = grow(NULL, LINE_MAX_SIZE, 1);
    *reader = (struct reader){.trace = trace, .program = program, .last = NONE};
    for (size_t at = 0; at < size;) {
        const char *newline = memchr(bytes + at, '\n', size - at);
        size_t length = newline != NULL ? (size_t)(newline - bytes) - at : size - at;
        bool good = newline != NULL && length < LINE_MAX_SIZE && // the last one may be half a line
                    memchr(bytes + at, '\0', length) == NULL;
        if (good) {
            memcpy(line, bytes + at, length);
            line[length] = '\0';
            good = read_line(reader, line);
        }
        trace->skipped += !good;
        at += length + 1;
    }
    while (reader->pending_count > 0)
        forget_pending(reader, 0);
    free(line);
    free(reader);
    sort_events(trace);
}

long event_argument(const struct event *event, unsigned index)
{
    const char *at = event->arguments;
    char *end;
    if (at == NULL)
        return -1;
    for (; index > 0; index--)
        if ((at = strstr(at, ", ")) == NULL)
            return -1;
        else
            at += 2;
    long number = strtol(at, &end, 0);
    return end == at ? -1 : number;
}

bool event_is_one_of(const struct event *event, const char *const *names)
{
    for (; *names != NULL; names++)
        if (event->kind == EVENT_CALL && strcmp(event->name, *names) == 0)
            return true;
    return false;
}

bool event_takes_bytes(const struct event *event)
{
    static const char *const names[] = {"read", "readv", "recvfrom", "recvmsg", NULL};
    return event_is_one_of(event, names);
}

bool event_gives_bytes(const struct event *event)
{
    static const char *const names[] = {"write",  "writev",   "sendto", "sendmsg",
                                        "splice", "sendfile", NULL};
    return event_is_one_of(event, names);
}

// Does it return with something that somebody else did, or that the clock did?
static bool waits_for_news(const struct event *event)
{
    static const char *const names[] = {"accept",          "accept4", "connect",  "poll",
                                        "ppoll",           "select",  "pselect6", "epoll_wait",
                                        "epoll_pwait",     "wait4",   "waitid",   "nanosleep",
                                        "clock_nanosleep", NULL};
    return event_takes_bytes(event) || event_is_one_of(event, names);
}

bool event_can_wait(const struct event *event)
{
    return waits_for_news(event) || event_gives_bytes(event);
}

double event_moment(const struct event *event)
{
    return waits_for_news(event) && (event->returned || event->interrupted) ? event->ended
                                                                            : event->begun;
}

static bool is_clone(const struct event *event)
{
    static const char *const names[] = {"clone", "clone3", "fork", "vfork", NULL};
    return event->returned && event->result > 0 && event_is_one_of(event, names);
}

bool event_is_thread_start(const struct event *event)
{
    return is_clone(event) && strstr(event->arguments, "CLONE_THREAD") != NULL;
}

bool event_is_fork(const struct event *event)
{
    return is_clone(event) && strstr(event->arguments, "CLONE_THREAD") == NULL;
}

void trace_free(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        event_free(&trace->event[i]);
    free(trace->event);
    *trace = (struct trace){0};
}
