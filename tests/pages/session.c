/*
 * session.c - see session.h.
 *
 *     commands --> [ pipe, 3 ] --> bwrap --> bash --> [ pipe, 1 and 2 ] --> output
 *
 * The shell reads its commands as a script, so it prints nothing of its own, and standard input is
 * empty. After each command it is told to print a line that no program prints.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_MS = 60 * 1000 };

static const char end_mark[] = "\001end";

static bool can_box(void)
{
    return system("bwrap --unshare-net --unshare-pid --dev-bind / / --proc /proc true "
                  "2>/dev/null") == 0;
}

static void become_shell(const char *directory, const char *prelude, int commands, int output)
{
    char *const here = realpath(directory, NULL); // most likely below /tmp
    char *const boxed[] = {
        "bwrap", "--unshare-net", "--unshare-pid", "--dev-bind", "/",  "/",  "--proc",
        "/proc", "--tmpfs",       "/tmp",          "--bind",     here, here, "--die-with-parent",
        "bash",  "--norc",        "--noprofile",   "/dev/fd/3",  NULL};
    int null = open("/dev/null", O_RDONLY);
    commands = fcntl(commands, F_DUPFD, 10); // it may be 3 itself, and close on exec
    setsid();
    signal(SIGPIPE, SIG_DFL); // a program that is started must not inherit that it is ignored
    if (chdir(directory) == -1 || dup2(null, 0) == -1 || dup2(output, 1) == -1 ||
        dup2(output, 2) == -1 || dup2(commands, 3) == -1)
        _exit(127);
    close_range(4, ~0U, 0);
    // What a login gives, and nothing of these tests.
    char *path = copy_text(getenv("PATH"));
    clearenv();
    setenv("PATH", path, 1);
    setenv("HOME", here, 1);
    setenv("TERM", "dumb", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    setenv("BASH_ENV", prelude, 1);
    size_t first = 0;
    if (!can_box())
        while (strcmp(boxed[first], "bash") != 0)
            first++;
    execvp(boxed[first], boxed + first);
    _exit(127);
}

int session_start(struct session *session, const char *directory, const char *prelude)
{
    int commands[2], output[2];
    *session = (struct session){0};
    if (pipe2(commands, O_CLOEXEC) == -1 || pipe2(output, O_CLOEXEC) == -1)
        return -1;
    signal(SIGPIPE, SIG_IGN);
    session->pid = fork();
    if (session->pid == 0)
        become_shell(directory, prelude, commands[0], output[1]);
    close(commands[0]);
    close(output[1]);
    session->commands = commands[1];
    session->output = output[0];
    // The shell has read its own copy of 3 by now. Without this, every program of a page has it, too.
    dprintf(session->commands, "exec 3<&-\n");
    return session->pid == -1 ? -1 : 0;
}

// --- Output -------------------------------------------------------------------------------------

static bool is_like(const char *line, const char *pattern)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool like = regexec(&regex, line, 0, NULL, 0) == 0;
    regfree(&regex);
    return like;
}

// A program in the background may have written half a line when the command ended.
static void add_rest(struct lines *output, const char *rest)
{
    char **last = &output->line[output->count - 1];
    char *whole = format_text("%s%s", *last, rest);
    free(*last);
    *last = whole;
}

// A shell that reads a script says who was killed, and in which line an error was. At a prompt
// it does not, or in other words.
static void add_line(struct lines *output, const char *line)
{
    if (is_like(line, "^/dev/fd/3: line [0-9]+: +[0-9]+ [A-Z]"))
        return;
    const char *words = is_like(line, "^/dev/fd/3: line [0-9]+: ") ? strchr(line, ' ') : NULL;
    words = words != NULL ? strchr(words, ':') : NULL;
    char *told = words != NULL ? format_text("bash%s", words) : copy_text(line);
    char *blanks = expand_tabs(told);
    char *clean = clean_text(blanks, strlen(blanks), 2000);
    free(told);
    free(blanks);
    lines_add(output, clean);
}

// Takes the lines that have come. Returns whether the mark was among them; what follows it stays.
static bool take_lines(struct session *session, struct lines *output, bool only_one)
{
    struct text *unread = &session->unread;
    char *newline;
    while (unread->size > 0 && (newline = memchr(unread->bytes, '\n', unread->size)) != NULL) {
        size_t size = (size_t)(newline - unread->bytes);
        char *line = format_text("%.*s", (int)size, unread->bytes);
        char *mark = strstr(line, end_mark);
        memmove(unread->bytes, newline + 1, unread->size - size - 1);
        unread->size -= size + 1;
        if (mark != NULL)
            *mark = '\0';
        if (mark == NULL && session->broken_off && output->count > 0)
            add_rest(output, line);
        else if (mark == NULL || mark > line)
            add_line(output, line);
        session->broken_off = mark != NULL && mark > line;
        bool ends = mark != NULL || only_one;
        free(line);
        if (ends)
            return true;
    }
    return false;
}

static void receive(struct session *session, int milliseconds)
{
    struct pollfd ready = {.fd = session->output, .events = POLLIN};
    char bytes[1 << 16];
    if (session->ended || poll(&ready, 1, milliseconds) != 1)
        return;
    ssize_t n = read(session->output, bytes, sizeof bytes);
    session->ended = n <= 0;
    if (n > 0)
        text_add(&session->unread, bytes, (size_t)n);
}

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// --- Commands -----------------------------------------------------------------------------------

// The last word that is a port, or NULL: in `server 9876 > log` it is 9876.
static char *find_port(const char *command)
{
    char *copy = copy_text(command), *rest, *port = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        if (strspn(word, "0123456789") == strlen(word) && strlen(word) >= 4 && strlen(word) <= 5) {
            free(port);
            port = copy_text(word);
        }
    free(copy);
    return port;
}

static bool is_in_background(const char *command)
{
    size_t size = strlen(command);
    while (size > 0 && command[size - 1] == ' ')
        size--;
    return size > 1 && command[size - 1] == '&' && command[size - 2] != '&';
}

int session_run(struct session *session, const char *command, struct lines *output)
{
    char *port = is_in_background(command) ? find_port(command) : NULL;
    if (port != NULL)
        // In a shell of its own, for $! to stay what it is.
        dprintf(session->commands, "%s\n(await_listener %s $!)\n", command, port);
    else
        dprintf(session->commands, "%s\n", command);
    free(port);
    session->broken_off = false;
    dprintf(session->commands, "printf '%%b\\n' '\\001end'\n");
    for (long deadline = now_ms() + COMMAND_MS; !take_lines(session, output, false);) {
        if (session->ended || now_ms() > deadline)
            return -1;
        receive(session, 100);
    }
    return 0;
}

bool session_wait(struct session *session, int milliseconds, struct lines *output)
{
    for (long deadline = now_ms() + milliseconds; !take_lines(session, output, true);) {
        if (session->ended || now_ms() > deadline)
            return false;
        receive(session, 20);
    }
    return true;
}

void session_end(struct session *session)
{
    close(session->commands);
    kill(-session->pid, SIGKILL);
    waitpid(session->pid, NULL, 0);
    close(session->output);
    text_free(&session->unread);
    *session = (struct session){0};
}
