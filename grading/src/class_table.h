/*
 * class_table.h - the results of a class as tables: CSV, and a page that shows where it stops.
 */
#ifndef CLASS_TABLE_H
#define CLASS_TABLE_H

#include "course.h"
#include "selection.h"

#include <jansson.h>
#include <stdio.h>

/* One submission. */
struct class_row {
    const char *name; // any bytes
    json_t *result;   // as report_json.c makes it; NULL: it could not be graded
};

/* The sum over the labs of a result: of "score", or of "max_score". */
long class_total(const json_t *result, const char *key);

/* One row each, a column for each lab and step, RFC 4180. */
void class_table_csv(FILE *to, const struct selection *selection, const struct class_row *row,
                     size_t count);

/* Returns 0; or -1 with *error (malloc'ed) when the style could not be read. */
int class_table_html(FILE *to, const struct course *course, const struct selection *selection,
                     const struct class_row *row, size_t count, char **error);

#endif
