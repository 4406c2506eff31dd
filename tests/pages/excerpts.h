/*
 * excerpts.h - compares the C blocks of a page with the sources that they are from.
 */
#ifndef EXCERPTS_H
#define EXCERPTS_H

#include "edits.h"
#include "page.h"

/*
 * Reports each block that is not as in its source, and adds what it should be to the edits. A block
 * from a solution stands in a closed <details>, or is reported.
 */
void excerpts_check(const struct page *page, struct edits *edits);

#endif
