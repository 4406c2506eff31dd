/*
 * picture.c - see picture.h.
 */
#include "picture.h"

#include "draw.h"
#include "drawing.h"
#include "markup.h"
#include "text.h"
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

// So many rows that a page of a whole lab stays below 500 kB; those of a failed step come first.
enum { ROWS_MAX = 640, ROWS_OF_ONE = 160, ROWS_AT_LEAST = 16 };

struct page {
    const struct lab_result *lab;
    const struct recordings *recordings;
    size_t rows_of_passed; // of each timeline
};

static const char *status_sign(enum status status)
{
    return status == STATUS_PASSED ? "✓" : status == STATUS_FAILED ? "✗" : "·";
}

// --- The verdict --------------------------------------------------------------------------------

static void add_verdict(mxml_node_t *parent, const struct lab_result *lab)
{
    mxml_node_t *table = add_element(parent, "table", "verdict");
    mxml_node_t *body = add_element(table, "tbody", NULL);
    for (size_t i = 0; i < lab->count; i++) {
        const struct step_result *step = &lab->step[i];
        mxml_node_t *row = add_element(body, "tr", status_name(step->status));
        char *number = format_text("%u", step->number),
             *target = format_text("#%s", step->step->id);
        char *points = format_text("%u of %u", step->score, step->step->points);
        add_words(row, "td", "sign", status_sign(step->status));
        add_words(row, "td", "number", number);
        mxml_node_t *link = add_words(add_element(row, "td", NULL), "a", NULL, step->step->title);
        mxmlElementSetAttr(link, "href", target);
        add_words(row, "td", "status", status_words(step->status));
        add_words(row, "td", "points", points);
        free(number);
        free(target);
        free(points);
    }
}

static void add_facts(mxml_node_t *parent, const struct step_result *step)
{
    char *message = step_result_message(step);
    if (message[0] != '\0')
        add_words(parent, "pre", "message", message);
    free(message);
}

// --- The timelines ------------------------------------------------------------------------------

static void add_timeline(mxml_node_t *parent, const struct recording *recording, bool passed,
                         size_t rows_max, bool open)
{
    struct timeline timeline;
    drawing_make_timeline(&timeline, recording, passed, rows_max);
    const char *sentence = strstr(timeline.test, ": ");
    mxml_node_t *details = add_element(parent, "details", NULL);
    if (open)
        mxmlElementSetAttr(details, "open", "open");
    mxml_node_t *summary =
        add_words(details, "summary", NULL, sentence != NULL ? sentence + 2 : timeline.test);
    char *count = format_text(" %zu events in %.3f s", timeline.event_count, timeline.ended);
    add_words(summary, "small", NULL, count);
    free(count);
    draw_timeline(add_element(details, "div", "scroll"), &timeline);
    if (recording->failed != NULL && !passed) {
        char *failed = format_text("✗ here the check failed: %s", recording->failed);
        add_words(details, "p", "failed", failed);
        free(failed);
    } else if (recording->failed != NULL) {
        add_words(details, "p", "note",
                  "The check held. Under strace, which takes its time at each call, it came no "
                  "farther than this.");
    }
    timeline_free(&timeline);
}

// A step that failed and holds in the record is told as that: it is not always the same.
static void add_once_more(mxml_node_t *parent, bool fails_again)
{
    if (!fails_again)
        add_words(parent, "p", "note",
                  "It held when it ran once more, under strace: what it does depends on who is "
                  "faster. The message above is from the first run, what is drawn here from the "
                  "second.");
}

// Those of the step's checks that failed in the record, or those that didn't.
static void add_timelines(mxml_node_t *section, const struct page *page,
                          const struct step_result *step, bool failed, bool whole)
{
    for (size_t i = 0; i < page->recordings->count; i++) {
        const struct recording *recording = &page->recordings->recording[i];
        if (recording_is_of(recording, step->step->id) && (recording->failed != NULL) == failed)
            add_timeline(section, recording, step->status == STATUS_PASSED,
                         whole ? ROWS_OF_ONE : page->rows_of_passed, whole);
    }
}

static void add_step(mxml_node_t *parent, const struct page *page, const struct step_result *step)
{
    bool failed = step->status == STATUS_FAILED, fails_again = false;
    size_t count = 0;
    mxml_node_t *section = add_element(parent, "section", status_name(step->status));
    char *heading =
        format_text("%s %u. %s", status_sign(step->status), step->number, step->step->title);
    mxmlElementSetAttr(section, "id", step->step->id);
    add_words(section, "h2", NULL, heading);
    free(heading);
    add_facts(section, step);
    for (size_t i = 0; i < page->recordings->count; i++)
        if (recording_is_of(&page->recordings->recording[i], step->step->id)) {
            count++;
            fails_again |= page->recordings->recording[i].failed != NULL;
        }
    if (count == 0) {
        add_words(section, "p", "note",
                  "No picture: the checks of this step call functions or run the program under "
                  "another tool, or strace is not allowed here.");
        return;
    }
    if (failed)
        add_once_more(section, fails_again);
    add_timelines(section, page, step, true, failed || page->lab->count == 1);
    add_timelines(section, page, step, false, failed ? !fails_again : page->lab->count == 1);
}

static mxml_node_t *make_content(const struct page *page)
{
    const struct lab_result *lab = page->lab;
    mxml_node_t *content = mxmlNewElement(MXML_NO_PARENT, "main");
    char *points = format_text("%u of %u points, %s", lab->score, lab->max_score, lab->from);
    char *heading = format_text("%s: %s", lab->lab->name, lab->plan->title);
    draw_shared(content);
    add_words(content, "h1", NULL, heading);
    add_words(content, "p", "points", points);
    add_verdict(content, lab);
    mxml_node_t *help = add_element(content, "details", "help");
    add_words(help, "summary", NULL, "How to read the pictures");
    add_words(help, "p", NULL,
              "Time goes down. Each column is a client, the listener, a process or a thread; an "
              "arrow goes from who gives to who takes. A bar is a call that waits. A dotted line "
              "is a zombie: ended, and nobody has waited for it. The small number at a process is "
              "how many connections and listeners it has open. Point at a row, or tap it, for the "
              "whole call and its manual page.");
    draw_legend(help);
    for (size_t i = 0; i < lab->count; i++)
        add_step(content, page, &lab->step[i]);
    free(points);
    free(heading);
    return content;
}

// --- The page -----------------------------------------------------------------------------------

int picture_write(FILE *to, const struct course *course, const struct lab_result *lab,
                  const struct recordings *recordings, char **error)
{
    struct page page = {.lab = lab, .recordings = recordings};
    char *style = course_read_text(course, "picture.css", error), *script = NULL;
    size_t failed = 0;
    if (style == NULL || (script = course_read_text(course, "picture.js", error)) == NULL) {
        free(style);
        return -1;
    }
    for (size_t i = 0; i < recordings->count; i++)
        failed += recordings->recording[i].failed != NULL;
    size_t taken = failed * ROWS_OF_ONE, passed = recordings->count - failed;
    page.rows_of_passed = passed > 0 && taken < ROWS_MAX ? (ROWS_MAX - taken) / passed : 0;
    if (page.rows_of_passed < ROWS_AT_LEAST)
        page.rows_of_passed = ROWS_AT_LEAST;

    put_page_head(to, lab->lab->name, style);
    mxml_node_t *content = make_content(&page);
    mxmlSetWrapMargin(0);
    mxmlSaveFile(content, to, MXML_NO_CALLBACK);
    mxmlDelete(content);
    fprintf(to, "<script>\n%s</script>\n</body>\n</html>\n", script);
    free(style);
    free(script);
    return 0;
}
