/*
 * report_markdown.c - the result as GitHub's Markdown, for the summary of a job.
 *
 *     ### lab03: A process for every client, 65 of 100 points
 *     | | step | | points |
 *     ...
 *     <details><summary>Step 4 ...</summary> what came, and what the program did </details>
 *
 * Whatever comes from outside stands as character references or in an escaped <pre>: it is neither
 * Markdown nor HTML there.
 */
#include "report.h"

#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const signs[] = {
    [STATUS_PASSED] = "✅",      [STATUS_FAILED] = "❌",     [STATUS_NOT_WRITTEN] = "▶️",
    [STATUS_NOT_REACHED] = "⬜", [STATUS_ERROR] = "⚠️",
};

// Punctuation is what Markdown and HTML are made of: as numbers it means only itself. The newlines
// of a <pre> stay.
static void put_text(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (ispunct((unsigned char)*text) && strchr(".,'()/-", *text) == NULL)
            fprintf(to, "&#%d;", *text);
        else
            fputc(*text, to);
    }
}

static void put_table(FILE *to, const struct lab_result *lab)
{
    fputs("\n| | step | | points |\n|---|---|---|---:|\n", to);
    for (size_t i = 0; i < lab->count; i++) {
        const struct step_result *step = &lab->step[i];
        bool passed = step->status == STATUS_PASSED;
        fprintf(to, "| %s | %u. ", signs[step->status], step->number);
        put_text(to, step->step->title);
        fprintf(to, " | %s | %u/%u |\n", passed ? "" : status_words(step->status), step->score,
                step->step->points);
    }
    fputc('\n', to);
}

// A blank line between <summary> and <pre>: else the first blank line of the message would end the
// HTML. That of a <pre> ends with its end tag only.
static void put_story(FILE *to, const struct lab_result *lab, const struct step_result *step)
{
    char *message = step_result_message(step);
    fprintf(to, "<details><summary>%s Step %u: ", signs[step->status], step->number);
    put_text(to, step->step->title);
    fputs("</summary>\n\n<pre>\n", to);
    put_text(to, message);
    if (step == lab_result_first_trouble(lab) && lab->evidence != NULL) {
        fputc('\n', to);
        put_text(to, lab->evidence);
    }
    fputs("\n</pre>\n\nRead ", to);
    put_text(to, step->page);
    fprintf(to, ", or try <code>./grader --hint %s %u</code>\n\n</details>\n\n", lab->lab->name,
            step->number);
    free(message);
}

// What was not reached has none, unless it is what the lab stops at: then an earlier lab is the cause.
static bool has_story(const struct lab_result *lab, const struct step_result *step)
{
    return step->status != STATUS_PASSED &&
           (step->status != STATUS_NOT_REACHED || step == lab_result_first_trouble(lab));
}

static void put_lab(FILE *to, const struct lab_result *lab)
{
    fprintf(to, "### %s: ", lab->lab->name);
    put_text(to, lab->plan->title);
    fprintf(to, ", %u of %u points\n", lab->score, lab->max_score);
    put_table(to, lab);
    for (size_t i = 0; i < lab->count; i++)
        if (has_story(lab, &lab->step[i]))
            put_story(to, lab, &lab->step[i]);
}

void report_markdown(FILE *to, const struct result *result, const struct look *look)
{
    (void)look;
    for (size_t i = 0; i < result->count; i++)
        put_lab(to, &result->lab[i]);
    if (result->why_no_box != NULL) {
        fputs("Graded **without a box** (", to);
        put_text(to, result->why_no_box);
        fputs(")", to);
    } else {
        fprintf(to, "Isolation: %s", result->isolation);
    }
    fprintf(to, ", seed %u.\n\n", result->seed);
}
