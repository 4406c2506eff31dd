/*
 * paper.h - printing for people: colours, marks and lines of 80 columns.
 */
#ifndef PAPER_H
#define PAPER_H

#include "report.h"

#include <stddef.h>
#include <stdio.h>

enum { PAPER_COLUMNS = 80 };

struct paper {
    FILE *to;
    struct look look;
};

enum style { PLAIN, BOLD, DIM, GREEN, RED, YELLOW, MAGENTA };

/* Prints text (UTF-8); in ASCII what is not ASCII becomes something near, or '?'. */
void paper_put(const struct paper *paper, enum style style, const char *text);

/* Prints text and blanks after it up to so many columns, or before it. */
void paper_left(const struct paper *paper, enum style style, const char *text, size_t columns);
void paper_right(const struct paper *paper, enum style style, const char *text, size_t columns);

/*
 * Prints text and a newline, broken between words before the 80th column; lines after the first
 * are indented. The first one begins at that column already.
 */
void paper_paragraph(const struct paper *paper, enum style style, const char *text, size_t indent);

/* Prints one line, cut off with ... where it would pass the 80th column. It begins at `indent`. */
void paper_one_line(const struct paper *paper, enum style style, const char *text, size_t indent);

void paper_indent(const struct paper *paper, size_t columns);

#endif
