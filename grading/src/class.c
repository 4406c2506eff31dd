/*
 * class.c - see class.h.
 */
#include "class.h"

#include "build.h"
#include "class_table.h"
#include "clock.h"
#include "interrupt.h"
#include "process.h"
#include "progress.h"
#include "scratch.h"
#include "status.h"
#include "submission.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TICK_MS = 500, END_MS = 20000 };

// One grader at work.
struct worker {
    struct process process;
    size_t at; // of the submission
    char *key;
    bool busy;
};

struct class
{
    const struct course *course;
    const struct selection *selection;
    const struct options *options;
    struct submissions submissions;
    const char *results; // a directory
    char *trees;         // build/class.XXXXXX, seen from the course: what is graded just now
    char *grader_key;
    struct worker *worker;
    size_t workers;
    size_t done, kept, failed, graded, todo;
    double begun;
};

static char *result_path(const struct class *class, size_t at)
{
    return format_text("%s/%s.json", class->results, class->submissions.submission[at].name);
}

// Where a submission lies while it is graded: seen from the course.
static char *tree_of(const struct class *class, size_t at)
{
    return format_text("%s/%zu", class->trees, at);
}

static char *absolute(const struct class *class, const char *path)
{
    return format_text("%s/%s", class->course->root, path);
}

// --- Results ------------------------------------------------------------------------------------

// A result of the same files by the same grader. NULL when there is none.
static json_t *read_kept(const struct class *class, size_t at, const char *key)
{
    char *path = result_path(class, at);
    json_t *result = json_load_file(path, 0, NULL);
    const char *kept = json_string_value(json_object_get(result, "key"));
    free(path);
    if (kept != NULL && (key == NULL || strcmp(kept, key) == 0))
        return result;
    json_decref(result);
    return NULL;
}

// Keeps what the grader wrote, with its key. The file is there as a whole, or not at all.
static int keep(const struct class *class, const struct worker *worker, json_t *result)
{
    const char *name = class->submissions.submission[worker->at].name;
    char *path = result_path(class, worker->at), *made = format_text("%s.new", path);
    char *clean = clean_text(name, strlen(name), strlen(name));
    size_t i;
    json_t *lab;
    json_array_foreach(json_object_get(result, "labs"), i, lab)
        json_object_set_new(lab, "from", json_string(clean)); // not where it lay just now
    json_object_set_new(result, "submission", json_string(clean));
    json_object_set_new(result, "key", json_string(worker->key));
    int status = json_dump_file(result, made, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    if (status == 0)
        status = rename(made, path);
    free(clean);
    free(made);
    free(path);
    return status;
}

static void tell(struct class *class, size_t at, const json_t *result, const char *how)
{
    const char *name = class->submissions.submission[at].name;
    char *clean = clean_text(name, strlen(name), 100);
    progress_clear();
    if (result != NULL)
        printf("%s: %ld of %ld points%s\n", clean, class_total(result, "score"),
               class_total(result, "max_score"), how);
    else
        printf("%s: could not be graded: %s\n", clean, how);
    fflush(stdout);
    free(clean);
    class->done++;
}

// --- Workers ------------------------------------------------------------------------------------

static void forget_tree(const struct class *class, size_t at)
{
    char *tree = tree_of(class, at), *path = absolute(class, tree);
    build_forget(class->course, tree);
    remove_tree(path);
    free(path);
    free(tree);
}

static char *words_path(const struct class *class, size_t at)
{
    return format_text("%s/%s.%zu.words", class->course->root, class->trees, at);
}

static char *verdict_path(const struct class *class, size_t at)
{
    return format_text("%s/%s.%zu.json", class->course->root, class->trees, at);
}

static void make_command(struct lines *argv, const struct class *class, const char *tree,
                         const char *verdict)
{
    lines_add(argv, format_text("%s/build/grading/grader", class->course->root));
    lines_add(argv, copy_text("--format=json"));
    lines_add(argv, format_text("--output=%s", verdict));
    lines_add(argv, format_text("--from=%s/%s", class->course->root, tree));
    lines_add(argv, format_text("--box=%s", box_mode_word(class->options->box)));
    if (class->options->base != NULL)
        lines_add(argv, format_text("--base=%s", class->options->base));
    if (class->options->seed_given)
        lines_add(argv, format_text("--seed=%u", class->options->seed));
    for (size_t i = 0; i < class->selection->count; i++)
        lines_add(argv, copy_text(class->selection->entry[i].lab->name));
    if (class->selection->step != NO_STEP)
        lines_add(argv, format_text("%u", class->selection->step));
    lines_add(argv, NULL);
}

static int start_worker(struct class *class, struct worker *worker, const char *tree)
{
    static const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
                                      "LC_ALL=C.UTF-8", NULL};
    char *verdict = verdict_path(class, worker->at), *words = words_path(class, worker->at);
    struct lines argv = {0};
    int fd = open(words, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    make_command(&argv, class, tree, verdict);
    struct start start = {.argv = (const char *const *)argv.line, .env = env, .fd = {-1, fd, fd}};
    int status = fd == -1 ? -1 : process_start(&worker->process, &start);
    int why = errno;
    if (fd != -1)
        close(fd);
    lines_free(&argv);
    free(words);
    free(verdict);
    errno = why;
    return status;
}

static void cannot_grade(struct class *class, size_t at, const char *why)
{
    tell(class, at, NULL, why);
    class->failed++;
    forget_tree(class, at);
}

// Takes over a kept result, or starts a grader.
static void begin(struct class *class, struct worker *worker, size_t at)
{
    char *tree = tree_of(class, at), *path = absolute(class, tree);
    json_t *kept = NULL;
    worker->at = at;
    if (submission_lay_out(&class->submissions.submission[at], class->course, path) == -1) {
        cannot_grade(class, at, strerror(errno));
    } else {
        worker->key = submission_key(path, class->selection, class->grader_key);
        kept = read_kept(class, at, worker->key);
        if (kept != NULL) {
            tell(class, at, kept, ", as before");
            class->kept++;
            forget_tree(class, at);
        } else if (start_worker(class, worker, tree) == -1) {
            cannot_grade(class, at, strerror(errno));
        } else {
            worker->busy = true;
        }
    }
    json_decref(kept);
    if (!worker->busy) {
        free(worker->key);
        worker->key = NULL;
    }
    free(path);
    free(tree);
}

// The first line that a grader said. malloc'ed.
static char *read_words(const struct class *class, size_t at)
{
    char *path = words_path(class, at);
    struct text text = {0};
    text_add(&text, "", 0);
    text_add_file(&text, path);
    char *line = clean_text(text.bytes, strcspn(text.bytes, "\n"), 300);
    text_free(&text);
    free(path);
    return line;
}

static void forget_files(const struct class *class, size_t at)
{
    char *verdict = verdict_path(class, at), *words = words_path(class, at);
    unlink(verdict);
    unlink(words);
    free(words);
    free(verdict);
}

// A grader has ended. One that met an error of its own (status 3) has a verdict, too, but nothing is
// kept: next time it is graded again.
static void finish(struct class *class, struct worker *worker)
{
    int status = worker->process.status;
    char *verdict = verdict_path(class, worker->at);
    json_t *result = json_load_file(verdict, 0, NULL);
    bool good = WIFEXITED(status) && WEXITSTATUS(status) <= EXIT_NOT_ALL && result != NULL;
    process_end(&worker->process);
    process_end_orphans();
    if (good && keep(class, worker, result) == 0) {
        tell(class, worker->at, result, "");
        class->graded++;
        forget_tree(class, worker->at);
    } else {
        char *words = good ? copy_text(strerror(errno)) : read_words(class, worker->at);
        cannot_grade(class, worker->at,
                     words[0] != '\0' ? words : "a check met an error of the grader");
        free(words);
    }
    forget_files(class, worker->at);
    json_decref(result);
    free(verdict);
    free(worker->key);
    worker->key = NULL;
    worker->busy = false;
}

// --- All of them --------------------------------------------------------------------------------

static size_t count_busy(const struct class *class)
{
    size_t count = 0;
    for (size_t i = 0; i < class->workers; i++)
        count += class->worker[i].busy;
    return count;
}

static void show_progress(const struct class *class)
{
    size_t measured = class->done - class->kept;
    double each = measured > 0 ? (now_seconds() - class->begun) / (double)measured : 0;
    double left = each * (double)(class->todo - class->done);
    enum { WIDTH = 24 };
    size_t full = class->todo > 0 ? WIDTH * class->done / class->todo : WIDTH;
    struct text line = {0};
    text_addf(&line, "[%.*s%.*s] %zu of %zu", (int)full, "########################",
              (int)(WIDTH - full), "........................", class->done, class->todo);
    if (measured > 0 && left < 90)
        text_addf(&line, ", %.0f s left", left);
    else if (measured > 0)
        text_addf(&line, ", %.0f min left", left / 60);
    progress_say(line.bytes);
    text_free(&line);
}

// Waits for a grader to end. Returns false at ^C.
static bool wait_for_one(struct class *class)
{
    struct pollfd *polled = grow(NULL, class->workers + 1, sizeof *polled);
    polled[0] = (struct pollfd){.fd = interrupt_fd(), .events = POLLIN};
    for (size_t i = 0; i < class->workers; i++)
        polled[i + 1] = (struct pollfd){
            .fd = class->worker[i].busy ? class->worker[i].process.pidfd : -1, .events = POLLIN};
    poll(polled, class->workers + 1, TICK_MS);
    bool go_on = polled[0].revents == 0;
    for (size_t i = 0; i < class->workers && go_on; i++)
        if (class->worker[i].busy && process_wait(&class->worker[i].process, 0) == 1)
            finish(class, &class->worker[i]);
    show_progress(class);
    free(polled);
    return go_on;
}

static bool is_mine(const struct class *class, size_t at)
{
    const struct options *options = class->options;
    return options->shard == 0 || at % options->shard_count == options->shard - 1;
}

static struct worker *find_idle(struct class *class)
{
    for (size_t i = 0; i < class->workers; i++)
        if (!class->worker[i].busy)
            return &class->worker[i];
    return NULL;
}

// Lets the graders end by themselves: they clean up.
static void stop_workers(struct class *class)
{
    for (size_t i = 0; i < class->workers; i++)
        if (class->worker[i].busy)
            kill(class->worker[i].process.pid, SIGTERM);
    for (size_t i = 0; i < class->workers; i++) {
        struct worker *worker = &class->worker[i];
        if (!worker->busy)
            continue;
        process_wait(&worker->process, END_MS);
        process_end(&worker->process);
        process_end_orphans();
        forget_tree(class, worker->at);
        forget_files(class, worker->at);
        free(worker->key);
    }
}

static int run_all(struct class *class)
{
    bool go_on = true;
    size_t next = 0;
    for (size_t i = 0; i < class->submissions.count; i++)
        class->todo += is_mine(class, i);
    class->begun = now_seconds();
    while (go_on && (next < class->submissions.count || count_busy(class) > 0)) {
        struct worker *idle = find_idle(class);
        if (idle == NULL || next == class->submissions.count)
            go_on = wait_for_one(class);
        else if (is_mine(class, next))
            begin(class, idle, next++);
        else
            next++;
        go_on = go_on && interrupt_signal() == 0;
    }
    progress_clear();
    if (!go_on)
        stop_workers(class);
    return go_on ? 0 : EXIT_SIGNAL + interrupt_signal();
}

// --- The tables ---------------------------------------------------------------------------------

static FILE *open_table(const struct class *class, const char *name, char **error)
{
    char *path = format_text("%s/%s", class->results, name);
    FILE *to = fopen(path, "we");
    if (to == NULL)
        *error = format_text("%s: %s", path, strerror(errno));
    free(path);
    return to;
}

static int close_table(FILE *to, const char *name, char **error)
{
    bool failed = ferror(to) != 0;
    if (fclose(to) == 0 && !failed)
        return 0;
    *error = format_text("%s: %s", name, strerror(errno));
    return EXIT_GRADER;
}

static int write_tables(const struct class *class, char **error)
{
    size_t count = class->submissions.count;
    struct class_row *row = grow(NULL, count, sizeof *row);
    int status = EXIT_GRADER;
    for (size_t i = 0; i < count; i++)
        row[i] = (struct class_row){.name = class->submissions.submission[i].name,
                                    .result = read_kept(class, i, NULL)};
    FILE *csv = open_table(class, "class.csv", error);
    if (csv != NULL) {
        class_table_csv(csv, class->selection, row, count);
        status = close_table(csv, "class.csv", error);
    }
    FILE *html = status == 0 ? open_table(class, "class.html", error) : NULL;
    if (html != NULL) {
        int made = class_table_html(html, class->course, class->selection, row, count, error);
        status = made == 0 ? close_table(html, "class.html", error) : EXIT_GRADER;
        if (made != 0)
            fclose(html);
    } else {
        status = EXIT_GRADER;
    }
    for (size_t i = 0; i < count; i++)
        json_decref(row[i].result);
    free(row);
    return status;
}

static int prepare(struct class *class, char **error)
{
    const struct options *options = class->options;
    if (submissions_find(&class->submissions, options->class, error) == -1)
        return EXIT_USAGE;
    if (mkdir(class->results, 0777) == -1 && errno != EEXIST) {
        *error = format_text("%s: %s", class->results, strerror(errno));
        return EXIT_USAGE;
    }
    char *template = absolute(class, "build/class.XXXXXX");
    if (mkdtemp(template) == NULL) {
        *error = format_text("%s: %s", template, strerror(errno));
        free(template);
        return EXIT_GRADER;
    }
    class->trees = copy_text(course_relative(class->course, template));
    free(template);
    char *conditions = options->seed_given ? format_text("%d %s seed %u step %u", options->box,
                                                         options->base != NULL ? options->base : "",
                                                         options->seed, class->selection->step)
                                           : format_text("%d %s step %u", options->box,
                                                         options->base != NULL ? options->base : "",
                                                         class->selection->step);
    class->grader_key = grader_key(class->course, conditions);
    free(conditions);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    class->workers = processors > 0 ? (size_t)processors : 1;
    class->worker = grow(NULL, class->workers, sizeof *class->worker);
    memset(class->worker, 0, class->workers * sizeof *class->worker);
    return 0;
}

static void clean_up(struct class *class)
{
    if (class->trees != NULL) {
        char *trees = absolute(class, class->trees);
        remove_tree(trees);
        free(trees);
    }
    free(class->trees);
    free(class->grader_key);
    free(class->worker);
    submissions_free(&class->submissions);
}

int class_grade(const struct course *course, const struct selection *selection,
                const struct options *options, char **error)
{
    const char *file = options->output[0].file;
    struct class class = {.course = course,
                          .selection = selection,
                          .options = options,
                          .results = file != NULL ? file : "class"};
    *error = NULL;
    int status = prepare(&class, error);
    if (status == 0)
        status = run_all(&class);
    if (status == 0)
        status = write_tables(&class, error);
    if (status == 0) {
        printf("%zu graded, %zu as before, %zu could not be graded: %s/class.html\n", class.graded,
               class.kept, class.failed, class.results);
        status = class.failed > 0 ? EXIT_GRADER : EXIT_ALL_PASSED;
    }
    clean_up(&class);
    return status;
}
