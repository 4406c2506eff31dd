/*
 * hints.h - ./grader --hint lab03 4: each call tells one hint more.
 */
#ifndef HINTS_H
#define HINTS_H

#include "course.h"
#include "paper.h"
#include "plan.h"

/* Shows the next hint of a step; after the last one, all of them. How many were seen is kept in
 * build/hints/; where that can't be written the first hint comes again. */
void hints_show(const struct paper *paper, const struct course *course, const struct lab *lab,
                const struct plan *plan, unsigned step);

#endif
