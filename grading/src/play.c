/*
 * play.c - see play.h.
 */
#include "play.h"

#include "interrupt.h"
#include "process.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void play_print(FILE *to, const char *title, const struct facts *facts)
{
    fprintf(to, "# %s\n", title);
    for (size_t i = 0; i < facts->count; i++)
        if (facts->fact[i].kind == FACT_NOTE)
            fprintf(to, "\n# %s\n", facts->fact[i].text);
        else
            fprintf(to, "%s\n", facts->fact[i].text);
}

// As one string, malloc'ed.
static char *write_lines(const char *title, const struct facts *facts)
{
    char *lines = NULL;
    size_t size;
    FILE *to = open_memstream(&lines, &size);
    if (to == NULL)
        return copy_text("");
    play_print(to, title, facts);
    fclose(to);
    return lines;
}

// Waits for its end, or for ^C.
static int watch(struct process *process)
{
    struct pollfd polled[] = {{.fd = process->pidfd, .events = POLLIN},
                              {.fd = interrupt_fd(), .events = POLLIN}};
    while (process_wait(process, 0) == 0) {
        poll(polled, sizeof polled / sizeof *polled, -1);
        if (polled[1].revents != 0)
            return EXIT_SIGNAL + interrupt_signal();
    }
    return 0;
}

int play_run(const struct box *box, const char *course, const char *title,
             const struct facts *facts, char **error)
{
    struct lines argv = {0}, env = {0};
    struct box_view view = {0}; // by hand, a learner sees it all
    struct process process;
    int status = 0;

    lines_add(&view.shown, copy_text(course));
    box_enter(&argv, box, &view, course);
    box_view_free(&view);
    lines_add(&argv, copy_text("bash"));
    lines_add(&argv, format_text("%s/grading/lib/play.bash", course));
    lines_add(&argv, write_lines(title, facts));
    lines_add(&argv, NULL);
    lines_add(&env, format_text("COURSE=%s", course));
    lines_add(&env, copy_text("PATH=/usr/bin:/bin:/usr/sbin:/sbin"));
    lines_add(&env, copy_text("HOME=" BOX_TMPDIR));
    lines_add(&env, copy_text("LC_ALL=C"));
    lines_add(&env, NULL);
    struct start start = {.argv = (const char *const *)argv.line,
                          .env = (const char *const *)env.line,
                          .directory = "/",
                          .fd = {-1, STDOUT_FILENO, STDOUT_FILENO}};
    fflush(stdout);
    if (process_start(&process, &start) == -1) {
        *error = format_text("the lines could not be played: %s", strerror(errno));
        status = EXIT_GRADER;
    } else {
        status = watch(&process);
        process_end(&process);
        process_end_orphans();
    }
    lines_free(&argv);
    lines_free(&env);
    return status;
}
