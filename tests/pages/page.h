/*
 * page.h - a page of docs/: its blocks, its headings and its links.
 *
 * libcmark reads the Markdown, <https://github.com/commonmark/cmark>.
 */
#ifndef PAGE_H
#define PAGE_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* A fenced block. */
struct block {
    char *language; // console, c, text, ...; "" if none is said
    char *text;     // the lines between the fences
    size_t line;    // where the first of them stands in the file, from 1
    size_t count;   // how many they are
    char *source;   // what `<!-- from SOURCE -->` before it says, or NULL
    char *target;   // what `<!-- save TARGET -->` before it says, or NULL
    bool hidden;    // in a <details> that is closed
};

struct link {
    char *target;
    size_t line;
};

struct page {
    const char *path;
    struct lines lines; // the file, without line ends
    struct block *block;
    size_t block_count;
    struct link *link;
    size_t link_count;
    struct lines anchors; // of headings, as GitHub makes them, and of <a id="...">
    struct lines ids;     // of <a id="...">, in their order
    size_t heading_count;
};

/* Returns 0; or -1 with errno when the file can't be read. */
int page_read(struct page *page, const char *path);
void page_free(struct page *page);

bool page_has_anchor(const struct page *page, const char *anchor);

#endif
