/*
 * excerpts.c - see excerpts.h.
 */
#include "excerpts.h"

#include "report.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// `// [step 4] TODO(4, cfd);` and `// [/step 4]` are for the starters.
static bool is_marker(const char *line)
{
    line += strspn(line, " ");
    return strncmp(line, "// [step ", 9) == 0 || strncmp(line, "// [/step ", 10) == 0;
}

// Does the definition of this function begin in the line?
static bool defines(const char *line, const char *function)
{
    size_t size = strlen(function);
    const char *at = isalpha((unsigned char)line[0]) ? strstr(line, function) : NULL;
    return at != NULL && at[size] == '(' && (at == line || strchr(" *", at[-1]) != NULL) &&
           line[strlen(line) - 1] != ';';
}

// The lines of the file, or of the function in it. NULL for all. Returns -1 with errno.
static int read_excerpt(const char *path, const char *function, struct lines *excerpt)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    bool inside = function == NULL;
    if (file == NULL)
        return -1;
    while (getline(&line, &size, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        inside |= function != NULL && excerpt->count == 0 && defines(line, function);
        if (inside && !is_marker(line))
            lines_add(excerpt, copy_text(line));
        if (function != NULL && strcmp(line, "}") == 0)
            inside = false;
    }
    free(line);
    fclose(file);
    errno = ENOENT;
    return excerpt->count > 0 ? 0 : -1;
}

static bool is_as(const struct page *page, const struct block *block, const struct lines *excerpt)
{
    if (block->count != excerpt->count)
        return false;
    for (size_t i = 0; i < block->count; i++)
        if (strcmp(page->lines.line[block->line - 1 + i], excerpt->line[i]) != 0)
            return false;
    return true;
}

static void check_block(const struct page *page, const struct block *block, struct edits *edits)
{
    char *path = copy_text(block->source), *function = strstr(path, ": ");
    struct lines excerpt = {0};
    if (function != NULL) {
        *function = '\0';
        function += 2;
    }
    if (strncmp(path, "solutions/", 10) == 0 && !block->hidden)
        report(page, block->line, "a solution stands only in a closed <details>");
    if (read_excerpt(path, function, &excerpt) == -1) {
        report(page, block->line, "there is no %s", block->source);
    } else if (!is_as(page, block, &excerpt)) {
        report(page, block->line, "this is not as in %s", block->source);
        edits_add(edits, block->line, block->count, excerpt);
        excerpt = (struct lines){0};
    }
    lines_free(&excerpt);
    free(path);
}

void excerpts_check(const struct page *page, struct edits *edits)
{
    for (size_t i = 0; i < page->block_count; i++)
        if (page->block[i].source != NULL)
            check_block(page, &page->block[i], edits);
}
