/*
 * draw.h - draws a timeline as SVG.
 *
 * Each lane is a <g class="lane ...">, each row a <g class="event ...">; what they look like says
 * grading/lib/picture.css.
 */
#ifndef DRAW_H
#define DRAW_H

#include "timeline.h"

#include <mxml.h>

/* Adds an <svg> to the parent, and returns it. */
mxml_node_t *draw_timeline(mxml_node_t *parent, const struct timeline *timeline);

/* Adds what all drawings share, an <svg> of no size. The page needs it once. */
void draw_shared(mxml_node_t *parent);

/* Adds a list that says which mark means what. */
void draw_legend(mxml_node_t *parent);

#endif
