/*
 * edits.h - writes a page anew, with other lines in some places.
 */
#ifndef EDITS_H
#define EDITS_H

#include "page.h"

/* Lines of a page that give way to others. */
struct edit {
    size_t line, count; // the first one from 1, and how many
    struct lines with;
};

/* In the order of their lines. Start with {0}. */
struct edits {
    struct edit *edit;
    size_t count;
};

/* Takes over the lines. */
void edits_add(struct edits *edits, size_t line, size_t count, struct lines with);

/* Writes the page with all edits made. Returns 0; or -1 with errno, and the page is as it was. */
int edits_write(const struct edits *edits, const struct page *page);

void edits_free(struct edits *edits);

#endif
