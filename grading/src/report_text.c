/*
 * report_text.c - the result for the person at the terminal.
 *
 *     lab03  A server of processes
 *
 *       ✓  1  Two clients at once                                            15/15
 *       ✗  2  Ended children are reaped                          failed       0/15
 *
 *       ✗  2  Ended children are reaped                    <- the first trouble, explained
 *             expected  no child is left
 *             got       37 zombies
 *             read      docs/lab03-processes.md#reap
 *
 *     lab03: 15 of 30 points in 0.84 s
 */
#include "report.h"

#include "paper.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum {
    TITLE_COLUMN = 9,   // where titles begin, in the list and in the explanation
    TITLE_COLUMNS = 63, // for a title, and the word for its status behind it
    POINTS_COLUMNS = 7,
    KEY_COLUMNS = 10,
    MOST_LINES = 16, // of one kind in an explanation
};

static const struct {
    const char *mark, *ascii;
    enum style style;
} looks[] = {
    [STATUS_PASSED] = {"✓", "+", GREEN},       [STATUS_FAILED] = {"✗", "x", RED},
    [STATUS_NOT_WRITTEN] = {"▸", ">", YELLOW}, [STATUS_NOT_REACHED] = {"·", ".", DIM},
    [STATUS_ERROR] = {"!", "!", MAGENTA},
};

// --- The list of steps --------------------------------------------------------------------------

static void put_mark(const struct paper *paper, const struct step_result *step)
{
    char number[16];
    paper_indent(paper, 2);
    paper_put(paper, looks[step->status].style,
              paper->look.utf8 ? looks[step->status].mark : looks[step->status].ascii);
    snprintf(number, sizeof number, " %2u  ", step->number);
    paper_put(paper, PLAIN, number);
}

// Cuts a title that is too long for the list between words: its rest comes on the next line.
static size_t first_part(const char *title, size_t room)
{
    size_t end = strlen(title);
    while (end > 0) {
        char *part = format_text("%.*s", (int)end, title);
        size_t columns = text_columns(part);
        free(part);
        if (columns <= room)
            return end;
        do
            end--;
        while (end > 0 && title[end] != ' ');
    }
    return strlen(title);
}

// The word for a step's status. malloc'ed.
static char *status_word(const struct step_result *step)
{
    if (step->status == STATUS_NOT_REACHED && step->after != NO_STEP)
        return format_text("needs %u", step->after);
    return copy_text(step->status == STATUS_PASSED ? "" : status_words(step->status));
}

static void list_step(const struct paper *paper, const struct step_result *step)
{
    enum style title_style = step->status == STATUS_NOT_REACHED ? DIM : PLAIN;
    const char *title = step->step->title;
    char *word = status_word(step);
    size_t word_columns = word[0] != '\0' ? text_columns(word) + 2 : 0;
    size_t size = first_part(title, TITLE_COLUMNS - word_columns);
    char *part = format_text("%.*s", (int)size, title);
    char *points = format_text("%u/%u", step->score, step->step->points);

    put_mark(paper, step);
    paper_indent(paper, 1);
    paper_left(paper, title_style, part, TITLE_COLUMNS - word_columns);
    paper_right(paper, looks[step->status].style, word, word_columns);
    paper_right(paper, title_style, points, POINTS_COLUMNS);
    fputc('\n', paper->to);
    if (title[size] != '\0') {
        paper_indent(paper, TITLE_COLUMN);
        paper_paragraph(paper, title_style, title + size, TITLE_COLUMN);
    }
    free(points);
    free(part);
    free(word);
}

// Among several labs one that was not begun takes two lines, not a dozen.
static bool is_untouched(const struct lab_result *lab)
{
    return lab->count > 2 && lab->score == 0 && lab->step[0].status == STATUS_NOT_WRITTEN;
}

static void list_steps(const struct paper *paper, const struct lab_result *lab, bool brief)
{
    if (brief && is_untouched(lab)) {
        char *more =
            format_text("and %zu more steps; it begins at %s", lab->count - 1, lab->step[0].reason);
        list_step(paper, &lab->step[0]);
        paper_indent(paper, TITLE_COLUMN);
        paper_paragraph(paper, DIM, more, TITLE_COLUMN);
        free(more);
        return;
    }
    for (size_t i = 0; i < lab->count; i++)
        list_step(paper, &lab->step[i]);
}

// What is left to do beside the step that is explained above; the others are only counted.
static void list_unfinished(const struct paper *paper, const struct lab_result *lab,
                            const struct step_result *explained)
{
    size_t passed = 0;
    fputc('\n', paper->to);
    for (size_t i = 0; i < lab->count; i++)
        if (lab->step[i].status == STATUS_PASSED)
            passed++;
        else if (&lab->step[i] != explained)
            list_step(paper, &lab->step[i]);
    char *count = format_text("%zu of %zu steps hold\n", passed, lab->count);
    paper_indent(paper, TITLE_COLUMN);
    paper_put(paper, DIM, count);
    free(count);
}

// --- The explanation ----------------------------------------------------------------------------

static void put_key(const struct paper *paper, const char *key)
{
    paper_indent(paper, TITLE_COLUMN);
    paper_left(paper, DIM, key, KEY_COLUMNS);
}

static void put_entry(const struct paper *paper, const char *key, const char *text)
{
    put_key(paper, key);
    paper_paragraph(paper, PLAIN, text, TITLE_COLUMN + KEY_COLUMNS);
}

static bool is_marker(const char *line)
{
    return line[0] != '\0' && line[strspn(line, " ^~|")] == '\0' && strchr(line, '^') != NULL;
}

// Text may be broken between words; what is aligned with other lines may not.
static bool may_break(const struct facts *facts, size_t at)
{
    const struct fact *fact = &facts->fact[at], *next = at + 1 < facts->count ? fact + 1 : NULL;
    return fact->kind != FACT_TRY && fact->text[0] != ' ' && strstr(fact->text, "  ") == NULL &&
           !(next != NULL && next->kind == fact->kind && is_marker(next->text));
}

static void explain_facts(const struct paper *paper, const struct facts *facts, enum fact_kind kind,
                          const char *key, enum style style)
{
    size_t told = 0;
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->fact[i].kind != kind)
            continue;
        put_key(paper, told == 0 ? key : "");
        if (told++ == MOST_LINES) {
            paper_put(paper, DIM, "...\n");
            return;
        }
        if (may_break(facts, i)) {
            paper_paragraph(paper, style, facts->fact[i].text, TITLE_COLUMN + KEY_COLUMNS);
        } else {
            paper_put(paper, style, facts->fact[i].text);
            fputc('\n', paper->to);
        }
    }
}

static void put_heading(const struct paper *paper, const struct step_result *step)
{
    fputc('\n', paper->to);
    put_mark(paper, step);
    char *title =
        format_text("%s%s", step->status == STATUS_NOT_WRITTEN ? "Next: " : "", step->step->title);
    paper_indent(paper, 1);
    paper_paragraph(paper, BOLD, title, TITLE_COLUMN);
    fputc('\n', paper->to);
    free(title);
}

static void put_help(const struct paper *paper, const struct lab_result *lab,
                     const struct step_result *step)
{
    char *hint = format_text("./grader --hint %s %u", lab->lab->name, step->number);
    put_entry(paper, "read", step->page);
    put_entry(paper, "hint", hint);
    free(hint);
}

static void explain_failed(const struct paper *paper, const struct lab_result *lab,
                           const struct step_result *step)
{
    if (step->sentence != NULL && step->sentence[0] != '\0')
        put_entry(paper, "check", step->sentence);
    explain_facts(paper, &step->facts, FACT_DID, "did", PLAIN);
    explain_facts(paper, &step->facts, FACT_EXPECTED, "expected", PLAIN);
    explain_facts(paper, &step->facts, FACT_GOT, "got", BOLD);
    explain_facts(paper, &step->facts, FACT_NOTE, "note", PLAIN);
    explain_facts(paper, &step->facts, FACT_TRY, "by hand", PLAIN);
    put_help(paper, lab, step);
}

static void explain_error(const struct paper *paper, const struct step_result *step)
{
    put_entry(paper, "",
              "The grader itself failed here. This says nothing about your work: try once more, "
              "and if it stays, please report it with these lines.");
    if (step->sentence != NULL && step->sentence[0] != '\0')
        put_entry(paper, "check", step->sentence);
    explain_facts(paper, &step->facts, FACT_DID, "did", PLAIN);
    put_entry(paper, "broken", step->reason != NULL ? step->reason : "unknown");
    explain_facts(paper, &step->facts, FACT_NOTE, "note", PLAIN);
}

static void explain(const struct paper *paper, const struct lab_result *lab,
                    const struct step_result *step)
{
    put_heading(paper, step);
    switch (step->status) {
    case STATUS_FAILED:
        explain_failed(paper, lab, step);
        break;
    case STATUS_NOT_WRITTEN:
        put_entry(paper, "write", step->reason);
        put_help(paper, lab, step);
        break;
    case STATUS_NOT_REACHED:
        put_entry(paper, "why", step->reason);
        break;
    case STATUS_ERROR:
        explain_error(paper, step);
        break;
    case STATUS_PASSED:
        break;
    }
}

// malloc'ed
static char *say_briefly(const struct step_result *step)
{
    const char *got = facts_find(&step->facts, FACT_GOT);
    if (step->status == STATUS_ERROR)
        return copy_text(step->reason != NULL ? step->reason : "");
    if (got != NULL)
        return format_text("got %s", got + strspn(got, " "));
    return copy_text(step->sentence != NULL ? step->sentence : step->step->title);
}

// The other steps that failed, one line each.
static void mention_others(const struct paper *paper, const struct lab_result *lab,
                           const struct step_result *explained)
{
    bool first = true;
    for (size_t i = 0; i < lab->count; i++) {
        const struct step_result *step = &lab->step[i];
        if (step == explained || (step->status != STATUS_FAILED && step->status != STATUS_ERROR))
            continue;
        char *line = say_briefly(step);
        if (first)
            fputc('\n', paper->to);
        first = false;
        put_mark(paper, step);
        paper_indent(paper, 1);
        paper_one_line(paper, PLAIN, line, TITLE_COLUMN);
        free(line);
    }
}

static void put_warnings(const struct paper *paper, const struct lab_result *lab)
{
    if (lab->warnings == 0)
        return;
    char *count = lab->warnings == 1
                      ? copy_text("The compiler warns:")
                      : format_text("The compiler warns %u times, first:", lab->warnings);
    fputs("\n  ", paper->to);
    paper_put(paper, YELLOW, count);
    fputc('\n', paper->to);
    for (size_t i = 0; i < lab->first_warning.count; i++) {
        paper_indent(paper, 4);
        paper_put(paper, PLAIN, lab->first_warning.line[i]);
        fputc('\n', paper->to);
    }
    free(count);
}

// --- All of it ----------------------------------------------------------------------------------

static void put_score(const struct paper *paper, const struct lab_result *lab, uint32_t seed)
{
    bool all = lab->score == lab->max_score;
    char *score = format_text("%s: %u of %u points", lab->lab->name, lab->score, lab->max_score);
    bool has_run = lab->seconds > 0; // else it could not be built
    char *time = has_run ? format_text(" in %.2f s", lab->seconds) : copy_text("");
    fputc('\n', paper->to);
    paper_put(paper, all ? GREEN : BOLD, score);
    paper_put(paper, PLAIN, time);
    if (has_run && lab_result_count(lab, STATUS_FAILED) + lab_result_count(lab, STATUS_ERROR) > 0) {
        char *again = format_text("  (the same again: --seed %u)", seed);
        paper_put(paper, DIM, again);
        free(again);
    }
    fputc('\n', paper->to);
    free(time);
    free(score);
}

static void report_lab(const struct paper *paper, const struct lab_result *lab, uint32_t seed,
                       bool brief)
{
    const struct step_result *trouble = lab_result_first_trouble(lab);

    paper_put(paper, BOLD, lab->lab->name);
    paper_put(paper, PLAIN, "  ");
    paper_put(paper, BOLD, lab->plan->title);
    if (strcmp(lab->from, "labs") != 0) {
        paper_put(paper, DIM, "  from ");
        paper_put(paper, DIM, lab->from);
    }
    fputs("\n\n", paper->to);
    if (trouble != NULL && trouble->status == STATUS_FAILED && trouble->reason != NULL) {
        paper_indent(paper, 2);
        paper_paragraph(paper, YELLOW, trouble->reason, 2);
        fputc('\n', paper->to);
    }
    if (trouble != NULL && paper->look.trouble_first) {
        explain(paper, lab, trouble);
        list_unfinished(paper, lab, trouble);
    } else {
        list_steps(paper, lab, brief);
        if (trouble != NULL && !(brief && is_untouched(lab))) {
            explain(paper, lab, trouble);
            mention_others(paper, lab, trouble);
        }
    }
    put_warnings(paper, lab);
    put_score(paper, lab, seed);
}

void report_text(FILE *to, const struct result *result, const struct look *look)
{
    struct paper paper = {to, *look};
    unsigned score = 0, max_score = 0;

    for (size_t i = 0; i < result->count; i++) {
        if (i > 0)
            fputc('\n', to);
        report_lab(&paper, &result->lab[i], result->seed, result->count > 1);
        score += result->lab[i].score;
        max_score += result->lab[i].max_score;
    }
    if (result->count > 1) {
        char *sum = format_text("\nall together: %u of %u points\n", score, max_score);
        paper_put(&paper, score == max_score ? GREEN : BOLD, sum);
        free(sum);
    }
    if (strcmp(result->isolation, "none") == 0) {
        char *note = format_text("Without a box (%s): the programs ran with your own rights and "
                                 "network.",
                                 result->why_no_box != NULL ? result->why_no_box : "--box off");
        fputc('\n', to);
        paper_paragraph(&paper, DIM, note, 0);
        free(note);
    }
}
