/*
 * plan.h - what the grader knows of one lab: grading/labNN/plan.yaml.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stddef.h>

enum { NO_STEP = 0 }; // step numbers start at 1

struct step {
    char *id;    // reap
    char *title; // Ended children are reaped, even fifty at once
    char *page;  // anchor in the plan's page; NULL: the id
    char **needs;
    unsigned needs_count;
    char **hints;
    unsigned hints_count;
    unsigned points;
    unsigned tests; // how many tests belong to it
};

struct plan {
    char *lab;
    char *title;
    char *page; // docs/lab03-processes.md; with an anchor if that is the one for all steps
    char **checks;
    unsigned checks_count;
    struct step *steps; // step 1 is steps[0]
    unsigned steps_count;
};

/*
 * Reads and examines root/path. Returns the plan; or NULL with *error set to one line that begins
 * with the path, and the line number where that is known (malloc'ed).
 * What holds for a plan that was returned: it is for this lab; ids are unique and made of a-z, 0-9
 * and '-'; needs name earlier steps; points sum to 100; every step has two hints or more; each
 * check file exists beside it.
 */
struct plan *plan_load(const char *root, const char *path, const char *lab, char **error);
void plan_free(struct plan *plan);

/* The number of the step with this id; or with this number, written in digits. Else NO_STEP. */
unsigned plan_find_step(const struct plan *plan, const char *id_or_number);

/* docs/lab03-processes.md#reap; malloc'ed. */
char *plan_step_page(const struct plan *plan, unsigned number);

#endif
