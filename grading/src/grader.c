/*
 * grader.c - the program behind ./grader. Usage: ./grader --help
 *
 *     options -> selection (plans) -> build -> checks in a box -> TAP -> result -> report
 */
#include "class.h"
#include "course.h"
#include "grading.h"
#include "hints.h"
#include "interrupt.h"
#include "listing.h"
#include "options.h"
#include "process.h"
#include "report.h"
#include "selection.h"
#include "show.h"
#include "status.h"
#include "watch.h"

#include <err.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// Prints one line and gives the memory back. Returns the status, for the caller to return.
static int complain(int status, char *error)
{
    if (error != NULL)
        warnx("%s", error);
    free(error);
    return status;
}

// Closes the stream: only then is it known whether everything was written. A file that was made for
// nothing is taken away.
static int finish_output(FILE *to, const char *name, int status)
{
    struct stat info;
    int failed = fflush(to) == EOF || ferror(to);
    if (status >= EXIT_USAGE && to != stdout && fstat(fileno(to), &info) == 0 &&
        S_ISREG(info.st_mode) && info.st_size == 0)
        unlink(name);
    if ((fclose(to) == EOF || failed) && errno != EPIPE) { // a reader may leave, as `head` does
        warn("%s", name);
        return EXIT_GRADER;
    }
    return status;
}

// The labs that were named, or all. As selection_read().
static int select_labs(struct selection *selection, const struct course *course,
                       const struct options *options, char **error)
{
    return options->count == 0
               ? selection_all(selection, course, error)
               : selection_read(selection, course, options->words, options->count, error);
}

static int list(const struct course *course, const struct options *options)
{
    struct selection selection;
    struct paper paper = {stdout, look_for(stdout)};
    char *error = NULL;
    if (select_labs(&selection, course, options, &error) == -1)
        return complain(EXIT_USAGE, error);
    for (size_t i = 0; i < selection.count; i++) {
        if (i > 0)
            putchar('\n');
        listing_show(&paper, selection.entry[i].lab, selection.entry[i].plan);
    }
    selection_free(&selection);
    return finish_output(stdout, "stdout", EXIT_ALL_PASSED);
}

// Reads a lab and a step, both of which must be there. Returns 0, or an exit status.
static int select_step(struct selection *selection, const struct course *course,
                       const struct options *options, const char *option)
{
    char *error = NULL;
    if (options->count != 2) {
        warnx("%s needs a lab and a step, such as: ./grader %s %s 1", option, option,
              course->lab[0].name);
        return EXIT_USAGE;
    }
    if (selection_read(selection, course, options->words, options->count, &error) == -1)
        return complain(EXIT_USAGE, error);
    if (selection->step != NO_STEP)
        return 0;
    warnx("%s: no such step (see ./grader --list)", options->words[1]);
    selection_free(selection);
    return EXIT_USAGE;
}

static int hint(const struct course *course, const struct options *options)
{
    struct selection selection;
    struct paper paper = {stdout, look_for(stdout)};
    int status = select_step(&selection, course, options, "--hint");
    if (status != 0)
        return status;
    hints_show(&paper, course, selection.entry[0].lab, selection.entry[0].plan, selection.step);
    selection_free(&selection);
    return finish_output(stdout, "stdout", EXIT_ALL_PASSED);
}

static int replay(const struct course *course, const struct options *options)
{
    struct selection selection;
    char *error = NULL;
    int status = select_step(&selection, course, options, "--replay");
    if (status != 0)
        return status;
    status = grade_replay(course, &selection, options, &error);
    if (status > EXIT_SIGNAL)
        warnx("interrupted");
    complain(status, error);
    selection_free(&selection);
    return status != 0 ? status : finish_output(stdout, "stdout", EXIT_ALL_PASSED);
}

static int watch_labs(const struct course *course, const struct options *options)
{
    struct selection selection;
    char *error = NULL;
    if (select_labs(&selection, course, options, &error) == -1)
        return complain(EXIT_USAGE, error);
    int status = watch(course, &selection, options);
    selection_free(&selection);
    return finish_output(stdout, "stdout", status);
}

static int grade_class(const struct course *course, const struct options *options)
{
    struct selection selection;
    char *error = NULL;
    if (selection_read(&selection, course, options->words, options->count, &error) == -1)
        return complain(EXIT_USAGE, error);
    int status = class_grade(course, &selection, options, &error);
    if (status > EXIT_SIGNAL)
        warnx("interrupted; the same command goes on from here");
    complain(status, error);
    selection_free(&selection);
    return status != 0 ? status : finish_output(stdout, "stdout", EXIT_ALL_PASSED);
}

// Opened before the work: whoever named a wrong place learns it then, not after.
static FILE *open_output(const char *name)
{
    FILE *to = fopen(name, "we");
    if (to == NULL)
        warn("%s", name);
    return to;
}

// Where a grading reports to: a stream for each of the options' outputs, and for the picture.
struct streams {
    FILE *output[OUTPUTS_MAX];
    FILE *picture; // NULL: none is wanted
};

static bool open_streams(struct streams *streams, const struct options *options)
{
    for (size_t i = 0; i < options->outputs; i++) {
        const char *file = options->output[i].file;
        if ((streams->output[i] = file != NULL ? open_output(file) : stdout) == NULL)
            return false;
    }
    return options->picture == NULL || (streams->picture = open_output(options->picture)) != NULL;
}

static int finish_streams(struct streams *streams, const struct options *options, int status)
{
    if (streams->picture != NULL)
        status = finish_output(streams->picture, options->picture, status);
    for (size_t i = 0; i < options->outputs; i++) {
        const char *file = options->output[i].file;
        if (streams->output[i] != NULL)
            status = finish_output(streams->output[i], file != NULL ? file : "stdout", status);
    }
    return status;
}

static FILE *find_text(const struct streams *streams, const struct options *options)
{
    for (size_t i = 0; i < options->outputs; i++)
        if (options->output[i].format->write == report_text)
            return streams->output[i];
    return NULL;
}

// The text is for somebody who waits: it comes first, and evidence below it. The others have it in
// their midst.
static void report(const struct streams *streams, const struct options *options,
                   const struct result *result, bool as_text)
{
    for (size_t i = 0; i < options->outputs; i++) {
        struct look look = look_for(streams->output[i]);
        if ((options->output[i].format->write == report_text) == as_text)
            options->output[i].format->write(streams->output[i], result, &look);
    }
}

static int grade_into(struct streams *streams, const struct course *course,
                      const struct selection *selection, const struct options *options)
{
    struct result result;
    char *error = NULL;
    int status = grade(&result, course, selection, options, &error);
    if (status > EXIT_SIGNAL)
        warnx("interrupted");
    if (status != 0)
        return complain(status, error);
    report(streams, options, &result, true);
    status = result_exit_status(&result);
    int trouble =
        show(find_text(streams, options), streams->picture, course, selection, options, &result);
    report(streams, options, &result, false);
    result_free(&result);
    return trouble != 0 ? trouble : status;
}

static int grade_and_report(const struct course *course, const struct options *options)
{
    struct selection selection;
    struct streams streams = {0};
    char *error = NULL;
    if (selection_read(&selection, course, options->words, options->count, &error) == -1)
        return complain(EXIT_USAGE, error);
    int status = EXIT_USAGE;
    if (options->picture != NULL && selection.count != 1)
        warnx("--picture shows one lab, such as: ./grader --picture FILE.html %s",
              course->lab[0].name);
    else if (open_streams(&streams, options))
        status = grade_into(&streams, course, &selection, options);
    status = finish_streams(&streams, options, status);
    selection_free(&selection);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    struct course course;
    char *error = NULL;

    setlocale(LC_CTYPE,
              ""); // for what the terminal can show; numbers and messages stay as they are
    options_read(&options, argc, argv);
    // Which make, bwrap and bats run is not for the caller's PATH to say.
    if (setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1) == -1)
        err(EXIT_GRADER, "PATH");
    if (interrupt_begin() == -1)
        err(EXIT_GRADER, "signals");
    process_adopt_orphans();
    if (course_find(&course, &error) == -1) {
        course_free(&course);
        return complain(EXIT_GRADER, error);
    }
    int status = options.task == DO_LIST     ? list(&course, &options)
                 : options.task == DO_HINT   ? hint(&course, &options)
                 : options.task == DO_REPLAY ? replay(&course, &options)
                 : options.task == DO_WATCH  ? watch_labs(&course, &options)
                 : options.task == DO_CLASS  ? grade_class(&course, &options)
                                             : grade_and_report(&course, &options);
    course_free(&course);
    return status;
}
