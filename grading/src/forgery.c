/*
 * forgery.c - see forgery.h.
 */
#include "forgery.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

// `1..11`, and nothing else
static bool is_plan(const char *line, size_t size)
{
    size_t digits = strspn(line, "0123456789");
    return digits > 0 && strncmp(line + digits, "..", 2) == 0 &&
           isdigit((unsigned char)line[digits + 2]) &&
           digits + 2 + strspn(line + digits + 2, "0123456789") == size;
}

// `ok 1 reap: words`, `not ok 1 reap: words`. An `ok 1 client` may be said in all innocence.
static bool is_result(const char *line)
{
    if (strncmp(line, "not ", 4) == 0)
        line += 4;
    if (strncmp(line, "ok ", 3) != 0 || !isdigit((unsigned char)line[3]))
        return false;
    line += 3 + strspn(line + 3, "0123456789");
    line += strspn(line, " -");
    size_t id = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return id > 0 && line[id] == ':';
}

// `# got| this`, with or without the sign
static bool is_fact(const char *line)
{
    static const char *const keys[] = {"did|", "expected|", "got|", "note|", "broken|", "todo|"};
    line += strspn(line, "# ");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strncmp(line, keys[i], strlen(keys[i])) == 0)
            return true;
    return false;
}

// `::error file=x::words` at its start, `##[error]` anywhere
static bool is_command(const char *line, size_t size)
{
    return memmem(line, size, "##[", 3) != NULL ||
           (strncmp(line, "::", 2) == 0 && isalpha((unsigned char)line[2]) &&
            memmem(line + 2, size - 2, "::", 2) != NULL);
}

const char *forgery_find(const char *text, size_t size, size_t *length)
{
    const char *end = text + size;
    for (const char *line = text; line < end; line += *length + 1) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        *length = (size_t)((newline != NULL ? newline : end) - line);
        if (is_plan(line, *length) || is_result(line) || is_fact(line) || is_command(line, *length))
            return line;
    }
    return NULL;
}
