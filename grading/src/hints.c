/*
 * hints.c - see hints.h.
 */
#include "hints.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { HINT_COLUMN = 2 };

// The file that remembers how many hints were shown. malloc'ed.
static char *memory_path(const struct course *course, const struct lab *lab,
                         const struct step *step)
{
    char *directory = format_text("%s/build/hints", course->root);
    char *path = format_text("%s/%s-%s", directory, lab->name, step->id);
    mkdir(directory, 0777); // mostly it exists; if it can't, the write below fails
    free(directory);
    return path;
}

static unsigned read_count(const char *path)
{
    unsigned count = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL || fscanf(file, "%u", &count) != 1)
        count = 0;
    if (file != NULL)
        fclose(file);
    return count;
}

static void write_count(const char *path, unsigned count)
{
    FILE *file = fopen(path, "we");
    if (file == NULL)
        return;
    fprintf(file, "%u\n", count);
    fclose(file);
}

// A hint may have several paragraphs.
static void put_hint(const struct paper *paper, const char *hint)
{
    fputc('\n', paper->to);
    while (*hint != '\0') {
        size_t size = strcspn(hint, "\n");
        char *line = clean_text(hint, size, size);
        if (line[0] != '\0')
            paper_indent(paper, HINT_COLUMN);
        paper_paragraph(paper, PLAIN, line, HINT_COLUMN);
        free(line);
        hint += size;
        hint += *hint == '\n';
    }
}

static void put_end(const struct paper *paper, const struct plan *plan, unsigned number,
                    unsigned level)
{
    unsigned count = plan->steps[number - 1].hints_count;
    char *page = plan_step_page(plan, number);
    char *end = level < count ? format_text("The same command tells more. To read: %s", page)
                              : format_text("That is all. To read: %s", page);
    fputc('\n', paper->to);
    paper_put(paper, DIM, end);
    fputc('\n', paper->to);
    free(end);
    free(page);
}

void hints_show(const struct paper *paper, const struct course *course, const struct lab *lab,
                const struct plan *plan, unsigned number)
{
    const struct step *step = &plan->steps[number - 1];
    char *path = memory_path(course, lab, step);
    unsigned seen = read_count(path);
    unsigned from = seen < step->hints_count ? seen : 0;
    unsigned to = seen < step->hints_count ? seen + 1 : step->hints_count;

    char *heading = format_text("%s, step %u: %s", lab->name, number, step->title);
    paper_paragraph(paper, BOLD, heading, 0);
    char *level = to - from > 1 ? format_text("all %u hints", to)
                                : format_text("hint %u of %u", to, step->hints_count);
    paper_put(paper, DIM, level);
    fputc('\n', paper->to);
    for (unsigned i = from; i < to; i++)
        put_hint(paper, step->hints[i]);
    put_end(paper, plan, number, to);
    write_count(path, to);
    free(level);
    free(heading);
    free(path);
}
