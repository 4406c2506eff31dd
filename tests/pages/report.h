/*
 * report.h - what is wrong with a page, in lines that begin with the place: docs/page.md:12: ...
 */
#ifndef REPORT_H
#define REPORT_H

#include "page.h"

/* Prints a line, and counts it. `line` may be 0: about the page as a whole. */
void report(const struct page *page, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* How many lines were reported. */
size_t report_count(void);

#endif
