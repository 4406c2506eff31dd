/*
 * console.h - runs the console blocks of a page, and compares.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include "edits.h"
#include "page.h"

/*
 * Runs them in the directory, a copy of the course. Reports every command that prints something else
 * than the page shows, and adds what it prints to the edits.
 */
void console_check(const struct page *page, const char *directory, struct edits *edits);

#endif
