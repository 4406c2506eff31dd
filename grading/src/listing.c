/*
 * listing.c - see listing.h.
 */
#include "listing.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void listing_show(const struct paper *paper, const struct lab *lab, const struct plan *plan)
{
    size_t widest = 0;
    for (unsigned i = 0; i < plan->steps_count; i++)
        if (strlen(plan->steps[i].id) > widest)
            widest = strlen(plan->steps[i].id);

    paper_put(paper, BOLD, lab->name);
    paper_put(paper, PLAIN, "  ");
    paper_put(paper, BOLD, plan->title);
    paper_put(paper, DIM, "  ");
    paper_put(paper, DIM, plan->page);
    fputs("\n\n", paper->to);
    for (unsigned i = 0; i < plan->steps_count; i++) {
        const struct step *step = &plan->steps[i];
        char *points = format_text("%u", step->points);
        fprintf(paper->to, "  %2u  ", i + 1);
        paper_left(paper, PLAIN, step->id, widest + 2);
        paper_right(paper, DIM, points, 3);
        fputs("  ", paper->to);
        paper_paragraph(paper, PLAIN, step->title, widest + 2 + 6 + 5);
        free(points);
    }
}
