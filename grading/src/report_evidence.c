/*
 * report_evidence.c - what a failed step did, when it ran once more under strace.
 *
 *       Step 4 once more, seen by strace:
 *
 *         A         connected to 127.0.0.1 port 9876
 *         4183      fork() = 4190                        server.c:52
 *         4190      ended, exit status 0                 server.c:61  <- zombie: no waitpid
 */
#include "report.h"

#include "evidence.h"
#include "paper.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 4, WHO_LEAST = 9, WHO_MOST = 16, WHO_AND_WHAT = 38, PLACE_COLUMNS = 14 };

// Threads that have names take room from what they do.
static size_t who_columns(const struct evidence *evidence)
{
    size_t columns = WHO_LEAST;
    for (size_t i = 0; i < evidence->count; i++)
        if (text_columns(evidence->sight[i].who) >= columns)
            columns = text_columns(evidence->sight[i].who) + 1;
    return columns < WHO_MOST ? columns : WHO_MOST;
}

static void put_sight(const struct paper *paper, const struct sight *sight, size_t who_columns)
{
    const char *place = sight->place;
    char *what = sight->times > 1 ? format_text("%s, %u times", sight->what, sight->times)
                                  : copy_text(sight->what);
    bool is_last = place == NULL && sight->mark == NULL;
    size_t start = INDENT + who_columns, what_columns = WHO_AND_WHAT - who_columns;
    char *who = format_text("%.*s", (int)who_columns - 1, sight->who);
    paper_indent(paper, INDENT);
    paper_left(paper, DIM, who, who_columns);
    free(who);
    if (is_last) {
        paper_one_line(paper, PLAIN, what, start);
        free(what);
        return;
    }
    if (text_columns(what) < what_columns) {
        paper_left(paper, PLAIN, what, what_columns);
    } else {
        paper_one_line(paper, PLAIN, what, start);
        paper_indent(paper, start + what_columns);
    }
    free(what);
    paper_left(paper, DIM, place != NULL ? place : "", sight->mark != NULL ? PLACE_COLUMNS : 0);
    if (sight->mark != NULL) {
        paper_put(paper, YELLOW, paper->look.utf8 ? "← " : "<- ");
        paper_put(paper, YELLOW, sight->mark);
    }
    fputc('\n', paper->to);
}

void report_evidence(FILE *to, unsigned step, const struct evidence *evidence,
                     const struct look *look)
{
    struct paper paper = {to, *look};

    if (evidence != NULL && evidence->count == 0)
        return;
    fputc('\n', to);
    paper_indent(&paper, 2);
    if (evidence == NULL) {
        char *text = format_text("Step %u held when it ran once more, under strace: what it does "
                                 "depends on who is faster. All above is from the first run.",
                                 step);
        paper_paragraph(&paper, YELLOW, text, 2);
        free(text);
        return;
    }
    char *heading = format_text("Step %u once more, seen by strace:\n\n", step);
    paper_put(&paper, BOLD, heading);
    free(heading);
    size_t columns = who_columns(evidence);
    for (size_t i = 0; i < evidence->count; i++)
        put_sight(&paper, &evidence->sight[i], columns);
}
