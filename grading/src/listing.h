/*
 * listing.h - ./grader --list: labs, steps and points.
 */
#ifndef LISTING_H
#define LISTING_H

#include "course.h"
#include "paper.h"
#include "plan.h"

void listing_show(const struct paper *paper, const struct lab *lab, const struct plan *plan);

#endif
