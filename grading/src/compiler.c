/*
 * compiler.c - see compiler.h.
 *
 *     labs/lab03-processes/server.c:41:12: error: 'pid' undeclared    <- a header begins a message
 *        41 |     if (pid == 0)                                         <- its excerpt
 *           |         ^~~
 *     labs/lab03-processes/server.c:41:12: note: ...                  <- the next header ends it
 */
#include "compiler.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 500, MOST_EXCERPT = 4, MOST_LINKER_LINES = 3 };

enum message { OTHER, ERROR, WARNING, NOTE, LINKER_ERROR };

static enum message classify(const char *line)
{
    static const struct {
        const char *mark;
        enum message message;
    } marks[] = {
        {": fatal error: ", ERROR},
        {": error: ", ERROR},
        {": warning: ", WARNING},
        {": note: ", NOTE},
        {"undefined reference to ", LINKER_ERROR},
        {"multiple definition of ", LINKER_ERROR},
        // The assembler says it of a file that was never seen.
        {": Error: ", LINKER_ERROR},
        {": Fatal error: ", LINKER_ERROR},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *mark = strstr(line, marks[i].mark);
        if (mark == NULL)
            continue;
        // Only what begins with FILE:LINE is the compiler's own; an excerpt may hold anything.
        size_t file = strcspn(line, ": ");
        bool begins_with_place =
            line[file] == ':' && line[file + 1] >= '0' && line[file + 1] <= '9';
        if (marks[i].message == LINKER_ERROR || begins_with_place)
            return marks[i].message;
    }
    return OTHER;
}

// What stands between messages and belongs to none.
static bool ends_excerpt(const char *line)
{
    static const char *const ends[] = {"In file included from ", "  cc    ", "  link  ",   "make",
                                       "compilation terminated", "cc1:",     "/usr/bin/ld"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strncmp(line, ends[i], strlen(ends[i])) == 0)
            return true;
    return strstr(line, " generated.") != NULL || strstr(line, ": In function ") != NULL ||
           strstr(line, ": At top level:") != NULL;
}

// The line without the linker's name and the course's root in front. malloc'ed.
static char *shorten(const char *line, const char *root)
{
    static const char linker[] = "/usr/bin/ld: ";
    size_t size = strlen(root);
    if (strncmp(line, linker, strlen(linker)) == 0)
        line += strlen(linker);
    if (strncmp(line, root, size) == 0 && line[size] == '/')
        line += size + 1;
    return copy_text(line);
}

// Copies the message that begins at lines->line[at].
static void copy_message(struct lines *to, const struct lines *from, size_t at, const char *root)
{
    lines_add(to, shorten(from->line[at], root));
    for (size_t i = at + 1; i < from->count && i <= at + MOST_EXCERPT; i++) {
        if (classify(from->line[i]) != OTHER || ends_excerpt(from->line[i]))
            return;
        lines_add(to, copy_text(from->line[i]));
    }
}

static void split(struct lines *lines, const char *output, size_t size)
{
    const char *end = output + size;
    while (output < end) {
        const char *newline = memchr(output, '\n', (size_t)(end - output));
        size_t length = (size_t)((newline != NULL ? newline : end) - output);
        char *raw = format_text("%.*s", (int)length, output);
        char *wide = expand_tabs(raw);
        lines_add(lines, clean_text(wide, strlen(wide), LONGEST_LINE));
        free(wide);
        free(raw);
        output += length + 1;
    }
}

static void read_message(struct compiler_report *report, const struct lines *lines, size_t at,
                         const char *root, const char *own)
{
    char *line = lines->line[at];
    bool first_error = report->error.count == 0;

    switch (classify(line)) {
    case ERROR:
        if (first_error) {
            copy_message(&report->error, lines, at, root);
            char *place = report->error.line[0];
            report->error_file = format_text("%.*s", (int)strcspn(place, ":"), place);
        }
        break;
    case LINKER_ERROR:
        if (report->error_file == NULL && report->error.count < MOST_LINKER_LINES)
            lines_add(&report->error, shorten(line, root));
        break;
    case WARNING:
        if (strncmp(line, own, strlen(own)) == 0 && report->warnings++ == 0)
            copy_message(&report->first_warning, lines, at, root);
        break;
    case NOTE:
    case OTHER:
        break;
    }
}

void compiler_read(struct compiler_report *report, const char *output, size_t size,
                   const char *root, const char *own)
{
    struct lines lines = {0};

    *report = (struct compiler_report){0};
    split(&lines, output, size);
    for (size_t i = 0; i < lines.count; i++)
        read_message(report, &lines, i, root, own);
    lines_free(&lines);
}

void compiler_free(struct compiler_report *report)
{
    free(report->error_file);
    lines_free(&report->error);
    lines_free(&report->first_warning);
    *report = (struct compiler_report){0};
}
