/*
 * report_csv.c - the result as one row of a table, RFC 4180: one column for each lab and step.
 *
 *     submission,score,max_score,lab03,lab03 listen,lab03 fork,...
 *     labs,65,100,65,5,15,...
 *
 * A step whose check met an error of the grader is "error", so that nobody takes it for a 0.
 */
#include "report.h"

#include <string.h>

void csv_put_name(FILE *to, const char *name)
{
    fputc('"', to);
    if (strchr("=+-@", name[0]) != NULL)
        fputc('\'', to);
    for (; *name != '\0'; name++) {
        if (*name == '"')
            fputc('"', to);
        fputc(*name, to);
    }
    fputc('"', to);
}

static void put_header(FILE *to, const struct result *result)
{
    fputs("submission,score,max_score", to);
    for (size_t i = 0; i < result->count; i++) {
        const struct lab_result *lab = &result->lab[i];
        fprintf(to, ",%s", lab->lab->name);
        for (size_t j = 0; j < lab->count; j++)
            fprintf(to, ",%s %s", lab->lab->name, lab->step[j].step->id);
    }
    fputs("\r\n", to);
}

static void put_row(FILE *to, const struct result *result)
{
    unsigned score = 0, max_score = 0;
    for (size_t i = 0; i < result->count; i++) {
        score += result->lab[i].score;
        max_score += result->lab[i].max_score;
    }
    csv_put_name(to, result->count > 0 ? result->lab[0].from : "");
    fprintf(to, ",%u,%u", score, max_score);
    for (size_t i = 0; i < result->count; i++) {
        const struct lab_result *lab = &result->lab[i];
        fprintf(to, ",%u", lab->score);
        for (size_t j = 0; j < lab->count; j++) {
            if (lab->step[j].status == STATUS_ERROR)
                fputs(",error", to);
            else
                fprintf(to, ",%u", lab->step[j].score);
        }
    }
    fputs("\r\n", to);
}

void report_csv(FILE *to, const struct result *result, const struct look *look)
{
    (void)look;
    put_header(to, result);
    put_row(to, result);
}
