/*
 * drawing.c - see drawing.h.
 */
#include "drawing.h"

#include "draw.h"
#include "markup.h"
#include "source.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_DRAWN = 60 };

bool drawing_is_meant(const char *path)
{
    static const char end[] = ".svg";
    size_t size = strlen(path);
    return size > strlen(end) && strcmp(path + size - strlen(end), end) == 0;
}

static void find_places(struct timeline *timeline)
{
    struct call_site *site = grow(NULL, timeline->row_count + 1, sizeof *site);
    char **place = grow(NULL, timeline->row_count + 1, sizeof *place);
    for (size_t i = 0; i < timeline->row_count; i++)
        site[i] = (struct call_site){timeline->row[i].program, timeline->row[i].address};
    source_find(site, timeline->row_count, place);
    for (size_t i = 0; i < timeline->row_count; i++)
        timeline->row[i].place = place[i];
    free(site);
    free(place);
}

void drawing_make_timeline(struct timeline *timeline, const struct recording *recording,
                           bool passed, size_t rows_max)
{
    struct recording shown = *recording;
    if (passed)
        shown.failed = NULL;
    timeline_make(timeline, &shown, rows_max);
    find_places(timeline);
}

static void write_timeline(FILE *to, const struct timeline *timeline, const char *style)
{
    mxml_node_t *root = mxmlNewXML("1.0");
    mxml_node_t *svg = draw_timeline(root, timeline);
    mxmlElementSetAttr(svg, "xmlns", "http://www.w3.org/2000/svg");
    mxmlElementSetAttr(svg, "style", "background: var(--paper)");
    draw_shared(svg);
    mxml_node_t *words = mxmlNewElement(MXML_NO_PARENT, "style");
    add_text(words, style);
    mxmlAdd(svg, MXML_ADD_BEFORE, NULL, words);
    mxmlSetWrapMargin(0);
    mxmlSaveFile(root, to, MXML_NO_CALLBACK);
    fputc('\n', to);
    mxmlDelete(root);
}

int drawing_write(FILE *to, const struct course *course, const struct lab_result *lab,
                  const struct recordings *recordings, char **error)
{
    const struct step_result *step = NULL;
    const struct recording *recording = NULL;
    struct timeline timeline;
    for (size_t i = 0; i < lab->count && recording == NULL; i++) {
        step = &lab->step[i];
        recording = recordings_failed(recordings, step->step->id);
    }
    if (recording == NULL) {
        *error = copy_text("there is nothing to draw: the checks of this step call functions or "
                           "run the program under another tool, or strace is not allowed here");
        return -1;
    }
    char *style = course_read_text(course, "picture.css", error);
    if (style == NULL)
        return -1;
    drawing_make_timeline(&timeline, recording, step->status == STATUS_PASSED, ROWS_DRAWN);
    write_timeline(to, &timeline, style);
    timeline_free(&timeline);
    free(style);
    return 0;
}
