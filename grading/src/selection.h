/*
 * selection.h - which labs and which step the words of the command line mean.
 */
#ifndef SELECTION_H
#define SELECTION_H

#include "course.h"
#include "plan.h"

#include <stddef.h>

struct selection {
    struct selected {
        const struct lab *lab;
        struct plan *plan;
    } * entry; // in the order of the labs, each once
    size_t count;
    unsigned step; // NO_STEP for all; else there is one lab
};

/*
 * Reads `LAB... [STEP]`. The last of several words is a step when it is a bare number or no name
 * of a lab. Returns 0, or -1 with *error (malloc'ed).
 */
int selection_read(struct selection *selection, const struct course *course, char **words,
                   int count, char **error);

/* All labs there are. */
int selection_all(struct selection *selection, const struct course *course, char **error);

void selection_free(struct selection *selection);

#endif
