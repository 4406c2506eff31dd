/*
 * watch.c - see watch.h.
 */
#include "watch.h"

#include "grading.h"
#include "hints.h"
#include "interrupt.h"
#include "paper.h"
#include "report.h"
#include "saves.h"
#include "show.h"
#include "status.h"
#include "text.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct watch {
    const struct course *course;
    const struct selection *selection;
    const struct options *options;
    struct saves saves;
    size_t current; // entry of the selection
    unsigned step;  // that needs work; NO_STEP: none
    bool keys;      // a terminal gives them
    bool clears;    // stdout is a terminal
};

enum { SETTLE_MS = 60 }; // an editor's save is several events

// --- The terminal -------------------------------------------------------------------------------

// Keys come at once, and are not shown.
static bool take_keys(struct termios *before)
{
    struct termios now;
    if (tcgetattr(STDIN_FILENO, before) == -1 || tcgetpgrp(STDIN_FILENO) != getpgrp())
        return false;
    now = *before;
    now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0;
}

static void clear_screen(const struct watch *watch)
{
    if (watch->clears)
        fputs("\033[H\033[2J\033[3J", stdout);
}

// --- What is done -------------------------------------------------------------------------------

static void show_footer(const struct watch *watch, const struct paper *paper)
{
    const struct lab *lab = watch->selection->entry[watch->current].lab;
    const char *way = watch->saves.fd != -1 ? "watching" : "looking every second at";
    char *line = format_text("%s %s/%s", way, watch->options->from, lab->directory);
    fputc('\n', stdout);
    paper_paragraph(paper, DIM, line, 0);
    if (watch->saves.fd == -1 && !watch->options->watch_polls)
        paper_paragraph(paper, DIM, "(the system does not tell of saves there)", 0);
    if (watch->keys)
        paper_put(paper, DIM, "h hint   p picture   n next lab   Enter again   q quit\n");
    fflush(stdout);
    free(line);
}

static struct selection select_current(const struct watch *watch)
{
    return (struct selection){.entry = &watch->selection->entry[watch->current],
                              .count = 1,
                              .step = watch->selection->step};
}

// Grades, and draws into `picture` unless it is NULL. Returns an exit status when it is to end.
static int grade_current(struct watch *watch, FILE *picture, const struct options *options)
{
    struct selection selection = select_current(watch);
    struct result result;
    struct paper paper = {stdout, look_for(stdout)};
    char *error = NULL;
    int status = grade(&result, watch->course, &selection, options, &error);
    clear_screen(watch);
    watch->step = NO_STEP;
    if (status == 0) {
        paper.look.trouble_first = true;
        report_text(stdout, &result, &paper.look);
        const struct step_result *trouble = lab_result_first_trouble(&result.lab[0]);
        watch->step = trouble != NULL ? trouble->number : NO_STEP;
        status = show(stdout, picture, watch->course, &selection, options, &result);
        result_free(&result);
    } else if (error != NULL) {
        printf("%s\n", error); // what is wrong may be mended with the next save
        status = 0;
    }
    free(error);
    show_footer(watch, &paper);
    return status;
}

static int draw_current(struct watch *watch)
{
    const struct lab *lab = watch->selection->entry[watch->current].lab;
    struct options options = *watch->options;
    char *name = format_text("%s.html", lab->name);
    FILE *picture = fopen(name, "we");
    int status = 0;
    options.picture = name;
    if (picture == NULL) {
        printf("%s: %s\n", name, strerror(errno));
    } else {
        status = grade_current(watch, picture, &options);
        if (fclose(picture) == EOF)
            printf("%s: %s\n", name, strerror(errno));
    }
    fflush(stdout);
    free(name);
    return status;
}

static void hint_current(const struct watch *watch)
{
    const struct selected *entry = &watch->selection->entry[watch->current];
    struct paper paper = {stdout, look_for(stdout)};
    if (watch->step == NO_STEP)
        puts("every step holds: there is nothing to hint at");
    else
        hints_show(&paper, watch->course, entry->lab, entry->plan, watch->step);
    fflush(stdout);
}

// --- The loop -----------------------------------------------------------------------------------

// Returns 0 to go on, an exit status, or -1 for the end that was asked for.
static int press(struct watch *watch, char key)
{
    switch (key) {
    case 'h':
        hint_current(watch);
        return 0;
    case 'p':
        return draw_current(watch);
    case 'n':
        watch->current = (watch->current + 1) % watch->selection->count;
        return grade_current(watch, NULL, watch->options);
    case '\n':
        return grade_current(watch, NULL, watch->options);
    case 'q':
    case '\004': // ^D
        return -1;
    default:
        return 0;
    }
}

// The lab that was saved, once the editor is done; -1 if none was.
static long take_save(struct watch *watch)
{
    long news = saves_take(&watch->saves), more = news;
    struct pollfd saved = {.fd = watch->saves.fd, .events = POLLIN};
    while (more != -1 && poll(&saved, 1, SETTLE_MS) > 0)
        if ((more = saves_take(&watch->saves)) != -1)
            news = more;
    return news;
}

static int wait_and_act(struct watch *watch)
{
    struct pollfd polled[] = {{.fd = watch->keys ? STDIN_FILENO : -1, .events = POLLIN},
                              {.fd = interrupt_fd(), .events = POLLIN},
                              {.fd = watch->saves.fd, .events = POLLIN}};
    poll(polled, sizeof polled / sizeof *polled, watch->saves.fd == -1 ? SAVES_POLL_MS : -1);
    if (polled[1].revents != 0)
        return EXIT_SIGNAL + interrupt_signal();
    long saved = take_save(watch);
    if (saved != -1) {
        watch->current = (size_t)saved;
        return grade_current(watch, NULL, watch->options);
    }
    char key;
    if (polled[0].revents == 0)
        return 0;
    return read(STDIN_FILENO, &key, 1) == 1 ? press(watch, key) : -1;
}

// What is watched: the labs' directories, malloc'ed.
static const char **find_directories(const struct watch *watch, char *tree)
{
    const struct selection *selection = watch->selection;
    const char **directory = grow(NULL, selection->count, sizeof *directory);
    for (size_t i = 0; i < selection->count; i++)
        directory[i] = format_text("%s/%s", tree, selection->entry[i].lab->directory);
    return directory;
}

int watch(const struct course *course, const struct selection *selection,
          const struct options *options)
{
    struct watch watch = {.course = course, .selection = selection, .options = options};
    struct termios before;
    char *tree = course_tree(course, options->from);
    if (tree == NULL) {
        warn("%s", options->from);
        return EXIT_USAGE;
    }
    const char **directory = find_directories(&watch, tree);
    saves_open(&watch.saves, directory, selection->count, options->watch_polls);
    watch.keys = take_keys(&before);
    watch.clears = isatty(STDOUT_FILENO);
    int status = grade_current(&watch, NULL, options);
    while (status == 0)
        status = wait_and_act(&watch);
    if (watch.keys)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    saves_close(&watch.saves);
    for (size_t i = 0; i < selection->count; i++)
        free((char *)directory[i]);
    free(directory);
    free(tree);
    return status == -1 ? EXIT_ALL_PASSED : status;
}
