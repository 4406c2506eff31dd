/*
 * twins.c - see twins.h.
 */
#include "twins.h"

#include "report.h"

#include <string.h>

// What is run, or filled in. A picture is a text block, and its words are translated.
static bool is_shared(const struct block *block)
{
    return strcmp(block->language, "console") == 0 || strcmp(block->language, "c") == 0;
}

// The next shared block from *at on, or NULL.
static const struct block *next_shared(const struct page *page, size_t *at)
{
    while (*at < page->block_count)
        if (is_shared(&page->block[(*at)++]))
            return &page->block[*at - 1];
    return NULL;
}

static bool is_same(const struct block *a, const struct block *b)
{
    const char *source = a->source != NULL ? a->source : "";
    return strcmp(a->language, b->language) == 0 && strcmp(a->text, b->text) == 0 &&
           strcmp(source, b->source != NULL ? b->source : "") == 0;
}

static void check_blocks(const struct page *original, const struct page *translation)
{
    size_t at = 0, other_at = 0;
    for (;;) {
        const struct block *block = next_shared(original, &at);
        const struct block *other = next_shared(translation, &other_at);
        if (block == NULL && other == NULL)
            return;
        if (block == NULL || other == NULL || !is_same(block, other)) {
            report(translation, other != NULL ? other->line : 0,
                   "this is not the block of %s, line %zu", original->path,
                   block != NULL ? block->line : original->lines.count);
            return;
        }
    }
}

static void check_ids(const struct page *original, const struct page *translation)
{
    size_t count = original->ids.count;
    bool same = count == translation->ids.count;
    for (size_t i = 0; same && i < count; i++)
        same = strcmp(original->ids.line[i], translation->ids.line[i]) == 0;
    if (!same)
        report(translation, 0, "its <a id=...> are not those of %s", original->path);
}

void twins_check(const struct page *original, const struct page *translation)
{
    check_blocks(original, translation);
    check_ids(original, translation);
    if (original->heading_count != translation->heading_count)
        report(translation, 0, "it has %zu headings, and %s has %zu", translation->heading_count,
               original->path, original->heading_count);
}
