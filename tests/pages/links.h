/*
 * links.h - do the links of a page lead somewhere?
 */
#ifndef LINKS_H
#define LINKS_H

#include "page.h"

/* Reports links to files that are not there, and to anchors that no heading has. Others' sites are
 * not asked. */
void links_check(const struct page *page);

#endif
