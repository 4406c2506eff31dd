/*
 * match.h - is what came what the page shows?
 *
 * Numbers that the kernel chooses are names: on a page 4100 to 4999 stand for process ids, 35000 to
 * 60999 for ports. Each stands for one number, and no two for the same. A time such as `0.84 s` and
 * what follows --seed stand for any. How many blanks there are is not compared. A line `...` of the
 * page stands for any lines.
 */
#ifndef MATCH_H
#define MATCH_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* Which number is which. Start with {0}; free() both. */
struct names {
    unsigned long *shown, *real; // on the page, and in this run
    size_t count;
};

/*
 * Do the lines fit? Then the names know the new numbers, and else they are as before. in_any_order:
 * more than one program writes, so any order will do. At most 1,000 lines, more never fit.
 */
bool match_lines(struct names *names, const struct lines *shown, const struct lines *real,
                 bool in_any_order);

/* The text with names that are known put in the place of the others. malloc'ed. */
char *put_real(const struct names *names, const char *shown);
char *put_shown(const struct names *names, const char *real);

#endif
