/*
 * twins.h - does a translation show the same as its original?
 */
#ifndef TWINS_H
#define TWINS_H

#include "page.h"

/*
 * Reports where the translation has other console or C blocks than the original, or other ids, or
 * not as many headings.
 */
void twins_check(const struct page *original, const struct page *translation);

#endif
