/*
 * links.c - see links.h.
 */
#include "links.h"

#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The file that a link means, from where the page stands.
static char *target_path(const struct page *page, const char *target)
{
    const char *slash = strrchr(page->path, '/');
    size_t size = strcspn(target, "#");
    if (size == 0)
        return copy_text(page->path);
    return format_text("%.*s%.*s", slash != NULL ? (int)(slash + 1 - page->path) : 0, page->path,
                       (int)size, target);
}

static void check_link(const struct page *page, const struct link *link)
{
    const char *anchor = strchr(link->target, '#');
    if (strstr(link->target, "://") != NULL || strncmp(link->target, "mailto:", 7) == 0)
        return;
    char *path = target_path(page, link->target);
    struct page other;
    if (access(path, F_OK) == -1) {
        report(page, link->line, "the link %s leads nowhere", link->target);
    } else if (anchor != NULL && page_read(&other, path) == 0) {
        if (!page_has_anchor(&other, anchor + 1))
            report(page, link->line, "%s has no #%s", path, anchor + 1);
        page_free(&other);
    }
    free(path);
}

void links_check(const struct page *page)
{
    for (size_t i = 0; i < page->link_count; i++)
        check_link(page, &page->link[i]);
}
