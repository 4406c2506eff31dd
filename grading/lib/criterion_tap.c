/*
 * criterion_tap.c - runs the checks of one program by Criterion and tells the results as TAP.
 *
 *     reporter (main)                                    check (a process of its own)
 *     tap ----> stdout, as it was at the start
 *     notes <-- first part of an unnamed file, mapped -- did, expected, got, finished
 *     words <-- the rest of it, its 1 and 2 ------------ what the learner's functions print
 *
 * That process is a child of the one Criterion starts, which has threads and descriptors of
 * Criterion's: a function that got one of their numbers would meet them.
 *
 * Criterion's own word is not enough. A test that calls exit(0) counts as passed for it, arguments
 * and environment can turn its verdict round, and its TAP has no numbers. So main is ours and reads
 * neither, and a check has passed only if its notes say that it came to its end.
 *
 * Time is bounded here, never by Criterion's .timeout, which can hang under load: a function that
 * loops is ended by the processor time it used, which a busy machine does not lengthen. Real time
 * is only the last resort, for a function that waits for something that never comes.
 */
#include "criterion_tap.h"
#include "todo.h"

#include <criterion/hooks.h>
#include <criterion/logging.h>
#include <criterion/options.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

enum {
    SHARED_FD = STDOUT_FILENO, // Criterion starts checks by exec, and hands on 1 and 2 only
    CPU_SECONDS = 1,
    REAL_SECONDS = 10,
    NEXT_SECONDS = 1, // once another check of the same step has waited that long
    MAX_WORDS = 1 << 20,
    MAX_STORY = 8192,
    MAX_LINE = 1024,
    MAX_TEXT = 256,
};

struct notes {
    volatile bool begun;
    volatile bool finished;
    volatile bool failed;
    pid_t pid;
    unsigned seconds; // of real time that this check may take
    char waited[64];  // the step that waited for ever, kept from check to check
    size_t used;
    char story[MAX_STORY];   // "key| text\n" lines
    char expected[MAX_LINE]; // apart from the story: the last word counts
    char attempt[MAX_LINE];  // likewise
};

static struct notes *notes;

// --- In the reporter ----------------------------------------------------------------------------

static FILE *tap;
static size_t reported;
static size_t not_ok;

static _Noreturn void stop(const char *what)
{
    if (tap != NULL) {
        fprintf(tap, "Bail out! %s: %s\n", what, strerror(errno));
    }
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(3);
}

/* Makes the unnamed file that reporter and checks share, room for the notes at its start. */
static void make_shared(void)
{
    int made = memfd_create("notes", MFD_CLOEXEC);
    if (made == -1 || ftruncate(made, sizeof *notes) == -1 || dup2(made, SHARED_FD) == -1 ||
        fcntl(SHARED_FD, F_SETFL, O_APPEND) == -1) {
        stop("memfd_create");
    }
    close(made);
}

static struct notes *map_notes(void)
{
    void *memory = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED, SHARED_FD, 0);
    if (memory == MAP_FAILED) {
        stop("mmap");
    }
    return memory;
}

/* Prints text as diagnostic lines of one key: as UTF-8, and nothing that a terminal acts on. */
static void print_lines(const char *key, const char *text)
{
    while (*text != '\0') {
        size_t left = strcspn(text, "\n");
        fprintf(tap, "# %s| ", key);
        while (left > 0) {
            mbstate_t state = {0};
            wchar_t wide;
            size_t length = mbrtowc(&wide, text, left, &state);
            bool printable = length <= left && iswprint((wint_t)wide);
            length = length <= left ? length : 1;
            fprintf(tap, "%.*s", printable ? (int)length : 1, printable ? text : "?");
            text += length;
            left -= length;
        }
        fputc('\n', tap);
        text += *text == '\n';
    }
}

/* Prints those lines of the story that have this key; returns how many. */
static size_t print_story(const char *key)
{
    size_t count = 0;
    size_t key_length = strlen(key);
    for (const char *line = notes->story; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (strncmp(line, key, key_length) == 0 && line[key_length] == '|') {
            char text[MAX_STORY];
            int skip = (int)key_length + 2;
            snprintf(text, sizeof text, "%.*s", (int)length - skip, line + skip);
            print_lines(key, text);
            count++;
        }
        line += length;
        line += *line == '\n';
    }
    return count;
}

/* Returns the last line that the check's process printed, or "". */
static const char *last_words(void)
{
    static char end[MAX_LINE];
    off_t start = lseek(SHARED_FD, 0, SEEK_END) - (off_t)(sizeof end - 1);
    if (start < (off_t)sizeof *notes) {
        start = sizeof *notes;
    }
    ssize_t n = pread(SHARED_FD, end, sizeof end - 1, start);

    while (n > 0 && (end[n - 1] == '\n' || end[n - 1] == '\0')) {
        n--;
    }
    if (n <= 0) {
        return "";
    }
    end[n] = '\0';
    const char *newline = memrchr(end, '\n', (size_t)n);
    return newline == NULL ? end : newline + 1;
}

/* Says how the process ended that should have gone on. */
static void print_end(const struct criterion_test_stats *stats)
{
    switch (stats->signal) {
    case 0:
        fprintf(tap, "# got| it ended the whole program with exit status %d, by exit or _exit\n",
                stats->exit_code);
        break;
    case SIGPROF:
        fprintf(tap, "# got| it did not return: it was still busy after %d s of processor time\n",
                CPU_SECONDS);
        break;
    case SIGALRM:
        fprintf(tap, "# got| it waits for something, and did not return within %u s\n",
                notes->seconds);
        break;
    case SIGXFSZ:
        fprintf(tap, "# got| it printed more than %d bytes\n", MAX_WORDS);
        break;
    default:
        fprintf(tap, "# got| it crashed: killed by SIG%s (%s)\n", sigabbrev_np(stats->signal),
                strsignal(stats->signal));
        break;
    }
}

static void print_failure(const struct criterion_test_stats *stats)
{
    const char *words = last_words();

    if (stats->signal == 0 && stats->exit_code == TODO_STATUS &&
        strstr(words, " is not written yet") != NULL) {
        print_lines("todo", words);
        return;
    }
    print_story("did");
    if (!notes->begun) {
        fprintf(tap, "# broken| the check did not start\n");
    } else if (notes->finished && !notes->failed) {
        fprintf(tap, "# broken| the check came to its end, and its process failed all the same\n");
    } else if (print_story("broken") == 0) {
        print_lines("expected", notes->expected[0] ? notes->expected : "the function returns");
        if (notes->failed) {
            print_story("got");
        } else {
            print_end(stats);
        }
    }
    print_story("note");
    if (words[0] != '\0') {
        char line[MAX_LINE + 32];
        snprintf(line, sizeof line, "the last line it printed: %s", words);
        print_lines("note", line);
    }
    print_lines("try", notes->attempt);
}

/* Prints the result of one check, and clears the notes for the next. */
static void report(const struct criterion_test_stats *stats)
{
    const struct criterion_test *test = stats->test;
    bool ok = stats->test_status == CR_STATUS_PASSED && !stats->crashed && stats->signal == 0 &&
              stats->exit_code == 0 && notes->begun && notes->finished && !notes->failed;

    fprintf(tap, "%sok %zu ", ok ? "" : "not ", ++reported);
    for (const char *c = test->category; *c != '\0'; c++) {
        fputc(*c == '_' ? '-' : *c, tap);
    }
    fprintf(tap, ": %s\n", test->data->description);
    if (!ok) {
        not_ok++;
        notes->story[MAX_STORY - 1] = '\0';
        notes->expected[MAX_LINE - 1] = '\0';
        notes->attempt[MAX_LINE - 1] = '\0';
        print_failure(stats);
    }
    fflush(tap);
    char waited[sizeof notes->waited];
    memcpy(waited, notes->waited, sizeof waited);
    if (stats->signal == SIGALRM) {
        snprintf(waited, sizeof waited, "%s", test->category);
    }
    memset(notes, 0, sizeof *notes);
    memcpy(notes->waited, waited, sizeof waited);
    if (ftruncate(SHARED_FD, sizeof *notes) == -1) {
        stop("ftruncate");
    }
}

ReportHook(PRE_ALL)(struct criterion_test_set *set)
{
    fprintf(tap, "1..%zu\n", set->tests);
    fflush(tap);
}

// A check that was killed by a signal comes by the first hook, every other one by the second.
ReportHook(TEST_CRASH)(struct criterion_test_stats *stats)
{
    report(stats);
}

ReportHook(POST_TEST)(struct criterion_test_stats *stats)
{
    report(stats);
}

int main(void)
{
    static struct criterion_logger silent;

    setlocale(LC_CTYPE, "C.UTF-8");
    // Keep the way to the grader out of reach of the checks.
    int out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    tap = out == -1 ? NULL : fdopen(out, "w");
    if (tap == NULL) {
        stop("stdout");
    }
    make_shared();
    notes = map_notes();

    struct criterion_test_set *set = criterion_initialize();
    criterion_options.logger = &silent;
    criterion_options.jobs = 1; // one set of notes; and the other core belongs to other checks
    criterion_run_all_tests(set);
    size_t expected = set->tests;
    criterion_finalize(set);
    return reported != expected ? 3 : not_ok > 0 ? 1 : 0;
}

// --- In the process of a check ------------------------------------------------------------------

static uint32_t random_state;

/*
 * Goes on in a child, without Criterion's threads: they would work on descriptors of their numbers
 * whoever opened them. The parent ends as the child did, which is how Criterion learns of it.
 */
static void become_child(void)
{
    pid_t parent = getpid();
    pid_t child = fork();
    int status;

    if (child == -1) {
        stop("fork");
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(3);
        }
        return;
    }
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

// What it has used so far doesn't count any more.
static void give_time(void)
{
    struct itimerval cpu = {.it_value = {.tv_sec = CPU_SECONDS}};
    setitimer(ITIMER_PROF, &cpu, NULL);
    alarm(notes->seconds);
}

void check_begin(const char *step)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    struct rlimit words = {.rlim_cur = MAX_WORDS, .rlim_max = MAX_WORDS};

    notes = map_notes();
    become_child();
    dup2(SHARED_FD, STDERR_FILENO);
    // A function that writes to a wrong descriptor must not meet Criterion's sockets there.
    close_range(3, ~0U, 0);

    const char *seed = getenv("SEED");
    random_state = (uint32_t)strtoul(seed == NULL ? "1" : seed, NULL, 10) * 2654435769U + 1;

    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGPROF, &action, NULL);
    setrlimit(RLIMIT_FSIZE, &words);
    notes->seconds = strcmp(notes->waited, step) == 0 ? NEXT_SECONDS : REAL_SECONDS;
    give_time();
    notes->pid = getpid();
    notes->begun = true;
}

/* A function that forked and came back twice has a second process here: it has no say. */
static void only_once(void)
{
    if (getpid() != notes->pid) {
        _exit(0);
    }
}

/* Functions are quiet: what they find is for their caller to tell. */
static void expect_silence(void)
{
    struct stat words;

    fflush(stdout);
    if (fstat(SHARED_FD, &words) == 0 && words.st_size > (off_t)sizeof *notes) {
        check_expected("the function prints nothing");
        check_got("it printed something");
    }
}

void check_end(void)
{
    only_once();
    expect_silence();
    notes->finished = true;
    // Threads of the check may still run, and exit handlers are the learner's: leave at once.
    _exit(0);
}

/* Appends text to the story, each of its lines with the key. */
static void tell(const char *key, const char *format, va_list arguments)
{
    char text[4096];
    vsnprintf(text, sizeof text, format, arguments);
    for (char *line = text, *next; line != NULL; line = next) {
        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        size_t room = MAX_STORY - notes->used;
        int n = snprintf(notes->story + notes->used, room, "%s| %s\n", key, line);
        if (n < 0 || (size_t)n >= room) {
            notes->story[notes->used] = '\0'; // no half lines
            return;
        }
        notes->used += (size_t)n;
    }
}

void check_goes_on(void)
{
    only_once();
    give_time();
}

void check_case(void)
{
    check_goes_on();
    expect_silence();
    notes->used = 0;
    notes->story[0] = '\0';
    notes->expected[0] = '\0';
    notes->attempt[0] = '\0';
}

void check_did(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell("did", format, arguments);
    va_end(arguments);
}

void check_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell("note", format, arguments);
    va_end(arguments);
}

void check_expected(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes->expected, sizeof notes->expected, format, arguments);
    va_end(arguments);
}

void check_try(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(notes->attempt, sizeof notes->attempt, format, arguments);
    va_end(arguments);
    if (getenv("REPLAY") != NULL) { // only this was asked for, of the first case
        notes->failed = true;
        _exit(1);
    }
}

void check_got(const char *format, ...)
{
    va_list arguments;
    only_once();
    va_start(arguments, format);
    tell("got", format, arguments);
    va_end(arguments);
    notes->failed = true;
    _exit(1);
}

void check_broken(const char *format, ...)
{
    va_list arguments;
    only_once();
    va_start(arguments, format);
    tell("broken", format, arguments);
    va_end(arguments);
    notes->failed = true;
    _exit(1);
}

/* Writes bytes [from, to) as hex, `--` where the data has ended. */
static void format_bytes(char *text, size_t size, const unsigned char *data, size_t data_size,
                         size_t from, size_t to)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = from; i < to && used + 4 < size; i++) {
        if (i < data_size) {
            used += (size_t)snprintf(text + used, size - used, " %02x", data[i]);
        } else {
            used += (size_t)snprintf(text + used, size - used, " --");
        }
    }
}

void check_same(const void *expected, size_t expected_size, const void *got, size_t got_size)
{
    const unsigned char *wanted = expected;
    const unsigned char *came = got;
    size_t least = expected_size < got_size ? expected_size : got_size;
    size_t most = expected_size > got_size ? expected_size : got_size;
    size_t wrong = 0;

    while (wrong < least && wanted[wrong] == came[wrong]) {
        wrong++;
    }
    if (wrong == most) {
        return;
    }
    // 16 bytes in a line, the first wrong one among them
    size_t from = wrong < 16 ? 0 : wrong / 8 * 8 - 8;
    size_t to = from + 16 < most ? from + 16 : most;
    char wanted_text[64];
    char came_text[64];
    char where[64] = "bytes";
    if (most > 16) {
        snprintf(where, sizeof where, "bytes from %zu on:", from);
    }
    format_bytes(wanted_text, sizeof wanted_text, wanted, expected_size, from, to);
    format_bytes(came_text, sizeof came_text, came, got_size, from, to);
    check_expected("%s%s", where, wanted_text);
    if (expected_size != got_size) {
        check_note("%zu bytes expected, %zu came", expected_size, got_size);
    }
    check_got("%s%s\n%*s^^", where, came_text, (int)(strlen(where) + 1 + 3 * (wrong - from)), "");
}

static char *next_text(void)
{
    static char texts[8][MAX_TEXT];
    static unsigned next;
    return texts[next++ % 8];
}

const char *check_quote(const char *text)
{
    char *quoted = next_text();
    size_t used = 0;
    quoted[used++] = '"';
    for (; *text != '\0' && used < MAX_TEXT - 8; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            quoted[used++] = '\\';
            quoted[used++] = (char)c;
        } else if (c == '\n') {
            quoted[used++] = '\\';
            quoted[used++] = 'n';
        } else if (c < ' ' || c >= 0x7f) {
            used += (size_t)snprintf(quoted + used, 8, "\\%03o", c);
        } else {
            quoted[used++] = (char)c;
        }
    }
    quoted[used++] = '"';
    quoted[used] = '\0';
    return quoted;
}

const char *check_word(const char *text)
{
    static const char plain[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-+_";
    char *word = next_text();
    size_t length = strlen(text);

    if (length > 0 && strspn(text, plain) == length) {
        snprintf(word, MAX_TEXT, "%s", text);
        return word;
    }
    // $'...' is bash's way to write any byte.
    size_t used = (size_t)snprintf(word, MAX_TEXT, "$'");
    for (; *text != '\0' && used < MAX_TEXT - 8; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c >= 0x7f || c == '\'' || c == '\\') {
            used += (size_t)snprintf(word + used, 8, "\\%03o", c);
        } else {
            word[used++] = (char)c;
        }
    }
    word[used++] = '\'';
    word[used] = '\0';
    return strchr(word, '\\') == NULL ? word + 1 : word; // '80 ' needs no $
}

const char *check_errno(int error)
{
    char *text = next_text();
    const char *name = strerrorname_np(error);
    if (error == 0) {
        snprintf(text, MAX_TEXT, "0 (not set)");
    } else if (name == NULL) {
        snprintf(text, MAX_TEXT, "%d", error);
    } else {
        snprintf(text, MAX_TEXT, "%s (%s)", name, strerror(error));
    }
    return text;
}

const char *check_directory(void)
{
    const char *course = getenv("COURSE");
    const char *build = getenv("LAB_BUILD");
    if (build == NULL) {
        return "build/labs/lab00";
    }
    if (course != NULL && strncmp(build, course, strlen(course)) == 0 &&
        build[strlen(course)] == '/') {
        return build + strlen(course) + 1;
    }
    return build;
}

uint32_t check_random(void)
{
    // xorshift32; its state is never 0
    if (random_state == 0) {
        random_state = 1;
    }
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}
