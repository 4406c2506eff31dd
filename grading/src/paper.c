/*
 * paper.c - see paper.h.
 */
#include "paper.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static const char *const codes[] = {
    [PLAIN] = "",         [BOLD] = "\033[1m",    [DIM] = "\033[2m",      [GREEN] = "\033[32m",
    [RED] = "\033[1;31m", [YELLOW] = "\033[33m", [MAGENTA] = "\033[35m",
};

static const char *ascii_for(long code)
{
    switch (code) {
    case 0x2018:
    case 0x2019:
        return "'";
    case 0x201c:
    case 0x201d:
        return "\"";
    case 0x2013:
    case 0x2014:
        return "-";
    case 0x2026:
        return "...";
    case 0x2192:
        return "->";
    default:
        return "?";
    }
}

// What will really stand on the paper. malloc'ed.
static char *convert(const struct paper *paper, const char *text)
{
    struct text out = {0};
    const char *end = text + strlen(text);
    if (paper->look.utf8)
        return copy_text(text);
    text_add(&out, "", 0);
    while (text < end) {
        const char *start = text;
        long code = next_character(&text, end);
        if (code >= 0 && code < 0x80)
            text_add(&out, start, 1);
        else
            text_addf(&out, "%s", ascii_for(code));
    }
    return out.bytes;
}

static void begin(const struct paper *paper, enum style style)
{
    if (paper->look.colour && style != PLAIN)
        fputs(codes[style], paper->to);
}

static void end(const struct paper *paper, enum style style)
{
    if (paper->look.colour && style != PLAIN)
        fputs("\033[0m", paper->to);
}

void paper_indent(const struct paper *paper, size_t columns)
{
    fprintf(paper->to, "%*s", (int)columns, "");
}

static void put_padded(const struct paper *paper, enum style style, const char *text, size_t before,
                       size_t after)
{
    char *shown = convert(paper, text);
    size_t used = text_columns(shown);
    paper_indent(paper, before > used ? before - used : 0);
    begin(paper, style);
    fputs(shown, paper->to);
    end(paper, style);
    paper_indent(paper, after > used ? after - used : 0);
    free(shown);
}

void paper_put(const struct paper *paper, enum style style, const char *text)
{
    put_padded(paper, style, text, 0, 0);
}

void paper_left(const struct paper *paper, enum style style, const char *text, size_t columns)
{
    put_padded(paper, style, text, 0, columns);
}

void paper_right(const struct paper *paper, enum style style, const char *text, size_t columns)
{
    put_padded(paper, style, text, columns, 0);
}

void paper_paragraph(const struct paper *paper, enum style style, const char *text, size_t indent)
{
    char *shown = convert(paper, text);
    size_t room = PAPER_COLUMNS - 1 - indent, used = 0;
    begin(paper, style);
    for (char *word = strtok(shown, " "); word != NULL; word = strtok(NULL, " ")) {
        size_t columns = text_columns(word);
        if (used > 0 && used + 1 + columns > room) {
            end(paper, style);
            putc('\n', paper->to);
            paper_indent(paper, indent);
            begin(paper, style);
            used = 0;
        }
        fprintf(paper->to, "%s%s", used > 0 ? " " : "", word);
        used += columns + (used > 0);
    }
    end(paper, style);
    putc('\n', paper->to);
    free(shown);
}

// How many bytes of the string take at most so many columns.
static size_t fitting(const char *string, size_t columns)
{
    const char *at = string, *string_end = string + strlen(string), *cut = string;
    size_t used = 0;
    while (at < string_end) {
        next_character(&at, string_end);
        char *character = format_text("%.*s", (int)(at - cut), cut);
        used += text_columns(character);
        free(character);
        if (used > columns)
            break;
        cut = at;
    }
    return (size_t)(cut - string);
}

void paper_one_line(const struct paper *paper, enum style style, const char *text, size_t indent)
{
    static const char more[] = " ...";
    char *shown = convert(paper, text);
    size_t room = PAPER_COLUMNS - 1 - indent;
    bool fits = text_columns(shown) <= room;
    size_t size = fits ? strlen(shown) : fitting(shown, room - strlen(more));

    begin(paper, style);
    fprintf(paper->to, "%.*s%s", (int)size, shown, fits ? "" : more);
    end(paper, style);
    putc('\n', paper->to);
    free(shown);
}
