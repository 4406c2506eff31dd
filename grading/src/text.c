/*
 * text.c - see text.h.
 */
#include "text.h"

#include "status.h"

#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void *grow(void *memory, size_t count, size_t element_size)
{
    // Never 0 bytes: realloc may then give NULL.
    void *larger = reallocarray(memory, count + 1, element_size);
    if (larger == NULL)
        err(EXIT_GRADER, "memory");
    return larger;
}

void text_add(struct text *text, const void *bytes, size_t size)
{
    if (text->size + size + 1 > text->room) {
        text->room = 2 * (text->size + size + 1);
        text->bytes = grow(text->bytes, text->room, 1);
    }
    if (size > 0)
        memcpy(text->bytes + text->size, bytes, size);
    text->size += size;
    text->bytes[text->size] = '\0';
}

static char *format_list(const char *format, va_list arguments)
{
    char *string;
    if (vasprintf(&string, format, arguments) == -1)
        err(EXIT_GRADER, "memory");
    return string;
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *string = format_list(format, arguments);
    va_end(arguments);
    text_add(text, string, strlen(string));
    free(string);
}

int text_add_file(struct text *text, const char *path)
{
    FILE *file = fopen(path, "re");
    char piece[1 << 16];
    size_t size;
    if (file == NULL)
        return -1;
    while ((size = fread(piece, 1, sizeof piece, file)) > 0)
        text_add(text, piece, size);
    fclose(file);
    return 0;
}

void text_free(struct text *text)
{
    free(text->bytes);
    *text = (struct text){0};
}

char *format_text(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *string = format_list(format, arguments);
    va_end(arguments);
    return string;
}

char *copy_text(const char *string)
{
    char *copy = strdup(string);
    if (copy == NULL)
        err(EXIT_GRADER, "memory");
    return copy;
}

void lines_add(struct lines *lines, char *line)
{
    if (lines->count == lines->room) {
        lines->room = 2 * (lines->count + 4);
        lines->line = grow(lines->line, lines->room, sizeof *lines->line);
    }
    lines->line[lines->count++] = line;
}

void lines_free(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->line[i]);
    free(lines->line);
    *lines = (struct lines){0};
}

long next_character(const char **at, const char *end)
{
    const unsigned char *p = (const unsigned char *)*at;
    size_t left = (size_t)(end - *at);
    size_t more = p[0] < 0xe0 ? 1 : p[0] < 0xf0 ? 2 : 3;
    static const long smallest[] = {0, 0x80, 0x800, 0x10000};

    *at += 1;
    if (p[0] < 0x80)
        return p[0];
    if (p[0] < 0xc2 || p[0] > 0xf4 || more >= left)
        return -1;
    long code = p[0] & (0x3f >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return -1;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < smallest[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return -1;
    *at += more;
    return code;
}

// Characters that reverse the order of what stands round them, so that a line reads as another.
static bool turns_direction(long code)
{
    return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
           code == 0x200e || code == 0x200f || code == 0x2028 || code == 0x2029;
}

// Code points that Unicode keeps free for ever, and XML does not allow.
static bool is_no_character(long code)
{
    return (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
}

// Does a workflow command of GitHub begin here, which a runner obeys when it is printed? They look
// like `::error file=x::words` at the start of a line, and `##[error]` anywhere.
static bool begins_command(const char *at, const char *end)
{
    size_t left = (size_t)(end - at);
    if (left > 2 && memcmp(at, "##[", 3) == 0)
        return true;
    if (left < 3 || memcmp(at, "::", 2) != 0)
        return false;
    const char *name = at + 2;
    while (name < end && (isalpha((unsigned char)*name) || *name == '-'))
        name++;
    if (name == at + 2 || name == end)
        return false;
    return *name == ' ' ? memmem(name, (size_t)(end - name), "::", 2) != NULL
                        : end - name > 1 && memcmp(name, "::", 2) == 0;
}

static void add_clean(struct text *text, long code, const char *bytes, size_t size)
{
    if (code == '\n')
        text_add(text, "\\n", 2);
    else if (code == '\t')
        text_add(text, "\\t", 2);
    else if (code == '\r')
        text_add(text, "\\r", 2);
    else if (code == -1)
        text_add(text, "\xef\xbf\xbd", 3);
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
        text_addf(text, "\\x%02lx", (unsigned long)code);
    else if (turns_direction(code) || is_no_character(code))
        text_addf(text, "\\u{%lx}", (unsigned long)code);
    else
        text_add(text, bytes, size);
}

char *clean_text(const char *bytes, size_t size, size_t max)
{
    struct text text = {0};
    const char *end = bytes + (size < max ? size : max);

    text_add(&text, "", 0);
    for (const char *at = bytes; at < end;) {
        const char *start = at;
        if (begins_command(at, bytes + size)) {
            text_addf(&text, "\\x%02x", (unsigned)*at++);
            continue;
        }
        long code = next_character(&at, bytes + size);
        add_clean(&text, code, start, (size_t)(at - start));
    }
    if (size > max)
        text_add(&text, " ...", 4);
    return text.bytes;
}

char *expand_tabs(const char *line)
{
    struct text text = {0};
    size_t column = 0;

    text_add(&text, "", 0);
    for (; *line != '\0'; line++) {
        if (*line == '\t') {
            size_t blanks = 8 - column % 8;
            text_add(&text, "        ", blanks);
            column += blanks;
        } else {
            text_add(&text, line, 1);
            column += ((unsigned char)*line & 0xc0) != 0x80; // count characters, not bytes
        }
    }
    return text.bytes;
}

size_t text_columns(const char *string)
{
    const char *end = string + strlen(string);
    size_t columns = 0;
    while (string < end) {
        long code = next_character(&string, end);
        int width = code < 0 ? 1 : wcwidth((wchar_t)code);
        columns += width < 0 ? 1 : (size_t)width;
    }
    return columns;
}
