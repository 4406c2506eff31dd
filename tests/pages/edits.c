/*
 * edits.c - see edits.h.
 */
#include "edits.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void edits_add(struct edits *edits, size_t line, size_t count, struct lines with)
{
    edits->edit = grow(edits->edit, edits->count + 1, sizeof *edits->edit);
    edits->edit[edits->count++] = (struct edit){line, count, with};
}

static void write_lines(FILE *to, const struct lines *lines, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        fprintf(to, "%s\n", lines->line[i]);
}

int edits_write(const struct edits *edits, const struct page *page)
{
    char *path = format_text("%s.new", page->path);
    FILE *to = fopen(path, "we");
    size_t next = 0;
    int result = -1;
    for (size_t i = 0; to != NULL && i < edits->count; i++) {
        const struct edit *edit = &edits->edit[i];
        write_lines(to, &page->lines, next, edit->line - 1);
        write_lines(to, &edit->with, 0, edit->with.count);
        next = edit->line - 1 + edit->count;
    }
    if (to != NULL) {
        write_lines(to, &page->lines, next, page->lines.count);
        result = fclose(to) == 0 ? rename(path, page->path) : -1;
        if (result == -1)
            unlink(path);
    }
    free(path);
    return result;
}

void edits_free(struct edits *edits)
{
    for (size_t i = 0; i < edits->count; i++)
        lines_free(&edits->edit[i].with);
    free(edits->edit);
    *edits = (struct edits){0};
}
