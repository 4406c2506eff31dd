/*
 * report.c - see report.h.
 */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>

static size_t count;

void report(const struct page *page, size_t line, const char *format, ...)
{
    va_list arguments;
    count++;
    if (line > 0)
        printf("%s:%zu: ", page->path, line);
    else
        printf("%s: ", page->path);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

size_t report_count(void)
{
    return count;
}
