/*
 * report.h - renderings of a result. A new format is one file and one line in report.c.
 */
#ifndef REPORT_H
#define REPORT_H

#include "evidence.h"
#include "result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* How a report for people may look. */
struct look {
    bool colour;        // escape sequences are understood
    bool utf8;          // else ASCII only
    bool trouble_first; // the step that needs work comes first, those that hold are counted
};

struct format {
    const char *name;
    /* Writes the report. Whether that went well is asked of the stream by the caller. */
    void (*write)(FILE *to, const struct result *result, const struct look *look);
    bool shows_evidence; // it has a place for what the failed step did, lab_result.evidence
};

/* The format of that name, or NULL. */
const struct format *format_find(const char *name);

/* "text, json, ..."; malloc'ed. */
char *format_names(void);

/* What suits the stream: colour on a terminal unless NO_COLOR is set or TERM is dumb; UTF-8 by
 * the locale, which the program must have set. */
struct look look_for(FILE *stream);

void report_text(FILE *to, const struct result *result, const struct look *look);
/* What comes below a text report when a step failed again while it was traced. NULL: it did not
 * fail again. */
void report_evidence(FILE *to, unsigned step, const struct evidence *evidence,
                     const struct look *look);
void report_json(FILE *to, const struct result *result, const struct look *look);
void report_junit(FILE *to, const struct result *result, const struct look *look);
void report_tap(FILE *to, const struct result *result, const struct look *look);
void report_markdown(FILE *to, const struct result *result, const struct look *look);
void report_github(FILE *to, const struct result *result, const struct look *look);
void report_gradescope(FILE *to, const struct result *result, const struct look *look);
void report_classroom50(FILE *to, const struct result *result, const struct look *look);
void report_csv(FILE *to, const struct result *result, const struct look *look);
/* A quoted field of a CSV. Spreadsheets take what begins with one of =+-@ for a formula: then an
 * apostrophe in front makes it text. */
void csv_put_name(FILE *to, const char *name);

#endif
