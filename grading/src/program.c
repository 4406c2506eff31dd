/*
 * program.c - see program.h.
 */
#include "program.h"

#include "forgery.h"
#include "unprivileged.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAST_WORDS_LINES = 3, REPORT_LINES = 9, LINE_SHOWN = 160, ENV_MAX = 10, TOOL_WORDS = 24 };

// --- Starting -------------------------------------------------------------------------------

static int open_output(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

// The program's whole environment: nothing of ours gets through. Returns how many are set.
static void make_environment(const struct program_start *start, char *text[ENV_MAX])
{
    int count = 0;
    char *made = NULL;
    text[count++] = strdup("PATH=/usr/local/bin:/usr/bin:/bin");
    text[count++] = strdup("LC_ALL=C.UTF-8");
    if (asprintf(&made, "HOME=%s", start->scratch) > 0)
        text[count++] = made;
    if (asprintf(&made, "TMPDIR=%s", start->scratch) > 0)
        text[count++] = made;
    if (start->faults != NULL) {
        if (asprintf(&made, "LD_PRELOAD=%s/misbehave.so", start->tools) > 0)
            text[count++] = made;
        if (asprintf(&made, "FAULTS=%s", start->faults) > 0)
            text[count++] = made;
    }
    if (start->under == UNDER_THREAD_SANITIZER &&
        asprintf(&made, "TSAN_OPTIONS=log_path=%s/%s.thread:exitcode=66", start->scratch,
                 start->name) > 0)
        text[count++] = made;
    text[count] = NULL;
}

// Puts strace before the program's own words. It becomes the program, its tracer an orphan.
static size_t add_strace(const struct program_start *start, char **argv)
{
    // What a signal handler, a fork or a close does to others shows best in these.
    static char traced[] =
        "trace=%process,socket,bind,listen,accept,accept4,connect,shutdown,read,readv,recvfrom,"
        "recvmsg,write,writev,sendto,sendmsg,sendfile,splice,close,dup,dup2,dup3,poll,ppoll,select,"
        "pselect6,epoll_wait,epoll_pwait,rt_sigaction,nanosleep,clock_nanosleep";
    char *strace[] = {"strace", "-DDD", "-f", "-k",        "-Y", "-T",
                      "-ttt",   "-yy",  "-s", "40",        "-o", (char *)start->trace,
                      "-e",     traced, "-e", "signal=all"};
    size_t count = 0;
    for (; count < sizeof strace / sizeof *strace; count++)
        argv[count] = strace[count];
    return count;
}

// Puts valgrind or strace before the program's own words.
static char **make_arguments(const struct program_start *start, char *log)
{
    static char *argv[PROGRAM_ARGS_MAX + TOOL_WORDS];
    char *memcheck[] = {"valgrind", "-q", "--vgdb=no",
                        "--read-inline-info=no", // reading it takes a tenth of the time
                        // What it frees for one thread may be all that another one's is found by.
                        "--run-libc-freeres=no", "--leak-check=full", "--show-leak-kinds=definite",
                        "--errors-for-leak-kinds=definite", "--error-markers=<<<,>>>", log};
    size_t count = 0;
    if (start->under == UNDER_MEMCHECK)
        for (; count < sizeof memcheck / sizeof *memcheck; count++)
            argv[count] = memcheck[count];
    if (start->trace != NULL)
        count = add_strace(start, argv);
    for (char **arg = start->argv; *arg != NULL && count < PROGRAM_ARGS_MAX + TOOL_WORDS - 1; arg++)
        argv[count++] = *arg;
    argv[count] = NULL;
    return argv;
}

// Does the kernel count our user's processes here apart from those outside? Root has users to
// spare (unprivileged.h), all others are alone in a user namespace of their own.
static bool counts_alone(void)
{
    char map[64] = "";
    FILE *file = fopen("/proc/self/uid_map", "re");
    if (file == NULL)
        return false;
    size_t size = fread(map, 1, sizeof map - 1, file);
    fclose(file);
    return geteuid() == 0 || (size > 0 && strstr(map, "4294967295") == NULL);
}

// Lets another user open them again, by /dev/stdin and the like. What can't be given stays ours.
static void give_to(uid_t user, int in, int out, int err)
{
    const int fds[] = {in, out, err};
    for (size_t i = 0; user != 0 && i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0 && fchown(fds[i], user, user) == -1)
            break;
}

int program_start(struct program *program, const struct program_start *start)
{
    char *env[ENV_MAX], log[PROGRAM_PATH_SIZE];
    int in[2] = {-1, -1}, out[2] = {-1, -1};

    *program = (struct program){.under = start->under, .to_stdin = -1, .from_stdout = -1};
    snprintf(program->name, sizeof program->name, "%s", start->name);
    snprintf(program->out, sizeof program->out, "%s/%s.out", start->scratch, start->name);
    snprintf(program->err, sizeof program->err, "%s/%s.err", start->scratch, start->name);
    snprintf(log, sizeof log, "--log-file=%s/%s.memcheck.%%p", start->scratch, start->name);

    if (start->talk && (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1))
        return -1;
    int out_fd = start->talk ? out[1] : open_output(program->out);
    int err_fd = open_output(program->err);
    bool instrumented = start->under != UNDER_NOTHING;
    make_environment(start, env);
    program->user = unprivileged_user(start->argv[0], start->scratch);
    struct start how = {
        .argv = (const char *const *)make_arguments(start, log),
        .env = (const char *const *)env,
        .directory = start->scratch,
        .fd = {in[0], out_fd, err_fd},
        .user = program->user,
        .fixed_addresses = start->under == UNDER_THREAD_SANITIZER,
        .traced = start->trace != NULL,
        .limits =
            {
                // Shadow memory is no fault of the program's.
                .data_bytes = instrumented ? 0 : (rlim_t)DATA_MAX_MB << 20,
                .file_bytes = start->trace != NULL ? TRACE_MAX : OUTPUT_MAX,
                .files = start->files > 0 ? start->files : FILES_DEFAULT,
                .cpu_seconds = CPU_SECONDS_MAX,
                .processes = counts_alone() ? PROCESSES_MAX : 0,
            },
    };
    give_to(program->user, in[0], out_fd, err_fd);
    int done = out_fd == -1 || err_fd == -1 ? -1 : process_start(&program->process, &how);
    int why = errno;
    for (char **variable = env; *variable != NULL; variable++)
        free(*variable);
    close(err_fd);
    close(out_fd);
    if (start->talk) {
        close(in[0]);
        program->to_stdin = in[1];
        program->from_stdout = out[0];
    }
    errno = why;
    return done;
}

int program_limit_files(const struct program *program, pid_t pid, rlim_t most)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct rlimit files;
        // Even root may not change another user's limits without CAP_SYS_RESOURCE.
        if (program->user != 0 && unprivileged_become(program->user) == -1)
            _exit(1);
        if (prlimit(pid, RLIMIT_NOFILE, NULL, &files) == -1)
            _exit(1);
        files.rlim_cur = most < files.rlim_max ? most : files.rlim_max;
        _exit(prlimit(pid, RLIMIT_NOFILE, &files, NULL) == -1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

void program_end(struct program *program)
{
    program->expected_to_end = true;
    process_end(&program->process);
    process_end_orphans();
}

// --- How it ended, and its last words -------------------------------------------------------

void program_print_end(FILE *to, const struct program *program)
{
    int status = program->process.status;
    if (program->stopped_for != NULL)
        fprintf(to, "was stopped: %s", program->stopped_for);
    else if (!program->process.ended)
        fprintf(to, "still runs");
    else if (WIFEXITED(status))
        fprintf(to, "exited with status %d", WEXITSTATUS(status));
    else
        fprintf(to, "died by SIG%s", sigabbrev_np(WTERMSIG(status)));
}

// Prints one line with everything that could move a terminal or break TAP taken out.
static void print_clean(FILE *to, const char *line, size_t size)
{
    for (size_t i = 0; i < size && i < LINE_SHOWN; i++) {
        unsigned char c = (unsigned char)line[i];
        if (c == '\t')
            fputc(' ', to);
        else if (c < ' ' || c == 0x7f)
            fprintf(to, "\\x%02x", c);
        else
            fputc(c, to);
    }
    if (size > LINE_SHOWN)
        fprintf(to, "...");
}

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    char *text = malloc(OUTPUT_MAX + 1);
    *size = file != NULL && text != NULL ? fread(text, 1, OUTPUT_MAX, file) : 0;
    if (file != NULL)
        fclose(file);
    if (text != NULL)
        text[*size] = '\0';
    return text;
}

// The line that says which step is not written, if the program stopped there.
static bool print_todo(FILE *to, const char *text, size_t size)
{
    static const char mark[] = " is not written yet";
    const char *at = memmem(text, size, mark, sizeof mark - 1), *start = at;
    if (at == NULL)
        return false;
    while (start > text && start[-1] != '\n')
        start--;
    fprintf(to, "todo|");
    print_clean(to, start, (size_t)(at - start) + sizeof mark - 1);
    fputc('\n', to);
    return true;
}

// The last lines of what it wrote to stderr.
static void print_last_words(FILE *to, const struct program *program, const char *text, size_t size)
{
    const char *end = text + size, *start = end;
    while (end > text && end[-1] == '\n')
        end--;
    int lines = 0;
    for (start = end; start > text; start--)
        if (start[-1] == '\n' && ++lines == LAST_WORDS_LINES)
            break;
    while (start < end) {
        const char *newline = memchr(start, '\n', (size_t)(end - start));
        const char *stop = newline != NULL ? newline : end;
        fprintf(to, "note|%s said: ", program->name);
        print_clean(to, start, (size_t)(stop - start));
        fputc('\n', to);
        start = stop + 1;
    }
}

// Names a program that prints what looks like a verdict. Returns whether there is such a line.
static bool print_forgery(FILE *to, const struct program *program, const char *text, size_t size)
{
    size_t length;
    const char *line = text != NULL ? forgery_find(text, size, &length) : NULL;
    if (line == NULL)
        return false;
    fprintf(to, "note|%s attempted to write to the grader's output: ", program->name);
    print_clean(to, line, length);
    fputc('\n', to);
    return true;
}

void program_print_notes(FILE *to, struct program *program)
{
    size_t size;
    char *words = read_file(program->err, &size);
    process_wait(&program->process, 0);
    if (program->stopped_for != NULL || (program->process.ended && !program->expected_to_end)) {
        fprintf(to, "note|%s ", program->name);
        program_print_end(to, program);
        fputc('\n', to);
    }
    if (words != NULL && size > 0 && !print_todo(to, words, size))
        print_last_words(to, program, words, size);
    if (!print_forgery(to, program, words, size)) {
        char *output = read_file(program->out, &size);
        print_forgery(to, program, output, size);
        free(output);
    }
    free(words);
}

size_t program_count_text(const char *path, const char *text, size_t size)
{
    size_t file_size, count = 0;
    char *all = read_file(path, &file_size);
    if (all == NULL)
        return 0;
    for (char *at = all; (at = memmem(at, file_size - (size_t)(at - all), text, size)) != NULL;) {
        count++;
        at += size;
    }
    free(all);
    return count;
}

size_t program_count_lines(const char *path)
{
    size_t size, count = 0;
    char *all = read_file(path, &size);
    for (size_t i = 0; all != NULL && i < size; i++)
        count += all[i] == '\n' || i + 1 == size;
    free(all);
    return count;
}

// --- What memcheck and ThreadSanitizer say --------------------------------------------------

// Prints the lines of one report without the marks that the tool puts before them.
static void print_report(FILE *to, const char *at, const char *end)
{
    for (int lines = 0; at < end && lines < REPORT_LINES; lines++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        const char *text = at;
        if (strncmp(text, "==", 2) == 0) {
            const char *mark = strstr(text + 2, "== ");
            text = mark != NULL && mark < stop ? mark + 3 : stop;
        }
        text += strspn(text, " ") < (size_t)(stop - text) ? 0 : (size_t)(stop - text);
        if (text < stop) {
            fprintf(to, "got|");
            print_clean(to, text, (size_t)(stop - text));
            fputc('\n', to);
        }
        at = stop + 1;
    }
}

// Counts the reports between begin and end marks; prints the first if it is the first of all.
static size_t count_reports(FILE *to, const char *path, const char *begin, const char *end,
                            size_t so_far)
{
    size_t size, count = 0;
    char *text = read_file(path, &size), *at = text;
    while (at != NULL && (at = strstr(at, begin)) != NULL) {
        at += strcspn(at, "\n");
        char *stop = strstr(at, end);
        stop = stop != NULL ? stop : text + size;
        if (so_far + count++ == 0)
            print_report(to, at + 1 < stop ? at + 1 : stop, stop);
        at = stop;
    }
    free(text);
    return count;
}

// Calls each(path) for the logs of the tool that a program ran under, one a process.
static void each_log(const struct program *program, const char *scratch,
                     void (*each)(const char *path, void *arg), void *arg)
{
    char prefix[PROGRAM_NAME_SIZE + 16], path[PROGRAM_PATH_SIZE + 256];
    DIR *directory = opendir(scratch);
    snprintf(prefix, sizeof prefix, "%s.%s.", program->name,
             program->under == UNDER_MEMCHECK ? "memcheck" : "thread");
    for (struct dirent *file; directory != NULL && (file = readdir(directory)) != NULL;) {
        if (strncmp(file->d_name, prefix, strlen(prefix)) != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", scratch, file->d_name);
        each(path, arg);
    }
    if (directory != NULL)
        closedir(directory);
}

struct reports {
    FILE *to;
    bool memcheck;
    size_t count;
};

static void add_reports(const char *path, void *arg)
{
    struct reports *reports = arg;
    reports->count += reports->memcheck
                          ? count_reports(reports->to, path, "<<<", ">>>", reports->count)
                          : count_reports(reports->to, path, "WARNING: ThreadSanitizer",
                                          "\n==================", reports->count);
}

bool program_is_clean(FILE *to, const struct program *program, const char *scratch)
{
    struct reports reports = {.to = to, .memcheck = program->under == UNDER_MEMCHECK};
    each_log(program, scratch, add_reports, &reports);
    if (reports.count > 1)
        fprintf(to, "got|... and %zu more report%s\n", reports.count - 1,
                reports.count > 2 ? "s" : "");
    return reports.count == 0;
}

static void look_for_tool_failure(const char *path, void *arg)
{
    static const char *const signs[] = {"I can't recover", "Fatal error at startup",
                                        "FATAL: ThreadSanitizer"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (program_count_text(path, signs[i], strlen(signs[i])) > 0)
            *(bool *)arg = true;
}

bool program_tool_failed(const struct program *program, const char *scratch)
{
    bool tool_failed = false;
    if (program->under == UNDER_NOTHING)
        return false;
    look_for_tool_failure(program->err, &tool_failed);
    each_log(program, scratch, look_for_tool_failure, &tool_failed);
    return tool_failed;
}
