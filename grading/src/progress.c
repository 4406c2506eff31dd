/*
 * progress.c - see progress.h.
 */
#include "progress.h"

#include "clock.h"
#include "text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COLUMNS = 79 };

static bool is_shown;
static double begun;

static bool is_wanted(void)
{
    static int wanted = -1;
    if (wanted == -1) {
        const char *term = getenv("TERM");
        wanted = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
    }
    return wanted == 1;
}

// One write, so that nothing else comes between; from the left edge to a cleared rest.
static void show(const char *line)
{
    fprintf(stderr, "\r%.*s\033[K", COLUMNS, line);
    fflush(stderr);
    is_shown = true;
}

void progress_clear(void)
{
    if (is_shown)
        fputs("\r\033[K", stderr);
    is_shown = false;
}

void progress_say(const char *line)
{
    if (is_wanted())
        show(line);
}

static void add_names(struct text *text, const struct run *run, size_t count)
{
    text_addf(text, "%s", run[0].lab->name);
    if (count > 1)
        text_addf(text, " to %s", run[count - 1].lab->name);
}

void progress_building(const struct run *run, size_t count)
{
    begun = now_seconds();
    struct text text = {0};
    if (!is_wanted() || count == 0)
        return;
    text_addf(&text, "building ");
    add_names(&text, run, count);
    text_addf(&text, " ...");
    show(text.bytes);
    text_free(&text);
}

void progress_checks(const struct run *run, size_t count)
{
    unsigned expected = 0;
    size_t seen = 0, failed = 0;
    struct text text = {0};

    if (!is_wanted() || count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        for (unsigned step = 0; step < run[i].plan->steps_count; step++)
            expected += run[i].wanted[step] ? run[i].plan->steps[step].tests : 0;
        for (size_t j = 0; j < run[i].count; j++) {
            const struct tap *tap = &run[i].check[j].tap;
            seen += tap->count;
            for (size_t k = 0; k < tap->count; k++)
                failed += !tap->test[k].ok;
        }
    }
    add_names(&text, run, count);
    text_addf(&text, ": %zu of %u checks", seen, expected);
    if (failed > 0)
        text_addf(&text, ", %zu failed", failed);
    text_addf(&text, "   %.1f s", now_seconds() - begun);
    show(text.bytes);
    text_free(&text);
}
