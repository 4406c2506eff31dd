/*
 * draw.c - see draw.h. Lengths are in CSS pixels.
 *
 *     lanes                    columns of text
 *     A    :    4183  4190
 *     o ──> ·    │      ·      0.012  A     connected
 *     │     ├──> o      ·      0.013  4183  accept(3) = 4    server.c:41
 */
#include "draw.h"

#include "markup.h"
#include "text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROW_HEIGHT = 22,
    MIDDLE = ROW_HEIGHT / 2,
    BASELINE = 15,
    HEAD = 76, // for the lanes' names, which lie aslant
    MARGIN = 28,
    LANE_WIDTH = 44,
    NARROW_LANE = 30,
    MANY_LANES = 12,
    TIME_COLUMN = 20, // from the last lane on
    WHO_COLUMN = 72,
    WHAT_COLUMN = 150,
    PLACE_COLUMN = 466,
    MARK_COLUMN = 572,
    CHARACTER = 7,
    WHAT_SHOWN = 43, // characters
};

static const struct shape {
    const char *name, *path, *meaning;
} shapes[] = {
    [ROW_OPEN] = {"open", "M0-5L5 0L0 5L-5 0z", "connect, listen, accept"},
    [ROW_START] = {"start", "M-4-4H4V4H-4z", "a process or a thread is made"},
    [ROW_TAKE] = {"take", "M5-4L-3 0L5 4z", "bytes come: read"},
    [ROW_GIVE] = {"give", "M-5-4L3 0L-5 4z", "bytes go: write"},
    [ROW_CLOSE] = {"close", "M-4 0H4M4-4V4", "close, shutdown"},
    [ROW_SIGNAL] = {"signal", "M0-5L5 4H-5z", "a signal comes"},
    [ROW_END] = {"end", "M-4-4L4 4M4-4L-4 4", "a process or a thread ends"},
    [ROW_REAP] = {"reap", "M-5 0L-1 4L5-4", "a parent waits for its child"},
    [ROW_OTHER] = {"other", "M-3 0A3 3 0 1 0 3 0A3 3 0 1 0-3 0z", "anything else"},
    [ROW_GAP] = {"gap", "M-1-6V-4M-1-1V1M-1 4V6", "left out"},
};

static const char *const lane_names[] = {
    [LANE_CLIENT] = "client",
    [LANE_LISTENER] = "listener",
    [LANE_PROCESS] = "process",
    [LANE_THREAD] = "thread",
};

static int lane_x(const struct timeline *timeline, size_t lane)
{
    return MARGIN + (int)lane * (timeline->lane_count > MANY_LANES ? NARROW_LANE : LANE_WIDTH);
}

static int row_y(size_t row)
{
    return HEAD + (int)row * ROW_HEIGHT + MIDDLE;
}

// Where a time lies: at the last row that is not later.
static int time_y(const struct timeline *timeline, double time)
{
    size_t first = 0, count = timeline->row_count;
    while (count > 0) {
        size_t half = count / 2;
        if (timeline->row[first + half].time <= time) {
            first += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first > 0 ? row_y(first - 1) : HEAD;
}

static int lane_end_y(const struct timeline *timeline, size_t lane)
{
    double end = timeline->lane[lane].end;
    return end == INFINITY ? row_y(timeline->row_count) : time_y(timeline, end);
}

// An element whose one attribute says what is drawn.
static mxml_node_t *add_path(mxml_node_t *parent, const char *class, char *path)
{
    mxml_node_t *element = add_element(parent, "path", class);
    mxmlElementSetAttr(element, "d", path);
    free(path);
    return element;
}

// --- Lanes --------------------------------------------------------------------------------------

static void draw_lane(mxml_node_t *svg, const struct timeline *timeline, size_t index)
{
    const struct lane *lane = &timeline->lane[index];
    int x = lane_x(timeline, index), bottom = row_y(timeline->row_count);
    int begin = time_y(timeline, lane->begin);
    int end = lane_end_y(timeline, index);
    int reap = lane->reap == INFINITY ? bottom : time_y(timeline, lane->reap);
    char *class = format_text("lane %s", lane_names[lane->kind]);
    char *title = format_text("%s %s", lane_names[lane->kind], lane->name);
    char *turn = format_text("translate(%d %d) rotate(-50)", x + 4, HEAD - 8);
    mxml_node_t *group = add_element(svg, "g", class);
    add_words(group, "title", NULL, lane->kind == LANE_LISTENER ? "listener" : title);
    if (end > begin)
        add_path(group, NULL, format_text("M%d %dV%d", x, begin, end));
    if (reap > end)
        add_path(group, "zombie", format_text("M%d %dV%d", x, end, reap));
    mxmlElementSetAttr(add_words(group, "text", NULL, lane->name), "transform", turn);
    free(class);
    free(title);
    free(turn);
}

// --- Rows ---------------------------------------------------------------------------------------

static char *row_words(const struct row *row)
{
    struct text text = {0};
    text_addf(&text, "%s", row->what);
    if (row->times > 1 && row->kind != ROW_GAP)
        text_addf(&text, ", %u times", row->times);
    if (row->times > 1 && row->bytes > 0)
        text_addf(&text, ", %lld bytes", row->bytes);
    return text.bytes;
}

// At most so many characters; the rest stands in the title.
static char *shorten(const char *words, size_t most)
{
    const char *at = words, *end = words + strlen(words);
    for (size_t i = 0; i < most && at < end; i++)
        next_character(&at, end);
    return at < end ? format_text("%.*s…", (int)(at - words), words) : copy_text(words);
}

// All that is known of a row, for who points at it.
static char *row_title(const struct row *row, const char *words)
{
    struct text text = {0};
    text_addf(&text, "%s  %s\nat %.6f s", row->who, words, row->time);
    if (row->time - row->since >= 0.001)
        text_addf(&text, ", after %.3f s", row->time - row->since);
    if (row->waits)
        text_addf(&text, ", and has not returned");
    if (row->place != NULL)
        text_addf(&text, "\n%s", row->place);
    if (row->call != NULL)
        text_addf(&text, "\n%s", row->call);
    if (row->held >= 0)
        text_addf(&text, "\nconnections and listeners open now: %ld", row->held);
    if (row->mark != NULL)
        text_addf(&text, "\n← %s", row->mark);
    if (row->manual != NULL)
        text_addf(&text, "\n%s", row->manual);
    return text.bytes;
}

static void add_column(mxml_node_t *text, const char *class, int x, const char *words)
{
    mxml_node_t *span = add_words(text, "tspan", class, words);
    mxmlElementSetAttrf(span, "x", "%d", x);
}

static void draw_columns(mxml_node_t *group, const struct timeline *timeline, const struct row *row,
                         const char *words)
{
    int left = lane_x(timeline, timeline->lane_count > 0 ? timeline->lane_count - 1 : 0);
    char *what = shorten(words, WHAT_SHOWN);
    mxml_node_t *text = add_element(group, "text", NULL);
    mxmlElementSetAttrf(text, "y", "%d", BASELINE);
    if (row->kind != ROW_GAP) {
        char *time = format_text("%.3f", row->time);
        add_column(text, "time", left + TIME_COLUMN, time);
        add_column(text, "who", left + WHO_COLUMN, row->who);
        free(time);
    }
    add_column(text, "what", left + WHAT_COLUMN, what);
    if (row->place != NULL)
        add_column(text, "place", left + PLACE_COLUMN, row->place);
    if (row->mark != NULL) {
        char *mark = format_text("← %s", row->mark);
        add_column(text, "mark", left + (row->place != NULL ? MARK_COLUMN : PLACE_COLUMN), mark);
        free(mark);
    }
    free(what);
}

static void draw_arrow(mxml_node_t *group, const struct timeline *timeline, const struct row *row)
{
    int from = lane_x(timeline, row->inward ? row->other : row->lane);
    int to = lane_x(timeline, row->inward ? row->lane : row->other);
    int gap = to > from ? 6 : -6;
    add_path(group, "arrow", format_text("M%d %dH%d", from + gap, MIDDLE, to - gap));
}

static void draw_row(mxml_node_t *svg, const struct timeline *timeline, size_t index, int width)
{
    const struct row *row = &timeline->row[index];
    char *class = format_text("event %s%s%s", shapes[row->kind].name, row->failed ? " failed" : "",
                              row->mark != NULL ? " marked" : "");
    char *words = row_words(row);
    mxml_node_t *group = add_element(svg, "g", class);
    mxmlElementSetAttrf(group, "transform", "translate(0 %d)", row_y(index) - MIDDLE);
    if (row->kind != ROW_GAP) {
        char *title = row_title(row, words);
        mxmlElementSetAttr(group, "tabindex", "0");
        add_words(group, "title", NULL, title);
        free(title);
    }
    add_path(group, "hit", format_text("M0 0H%dV%dH0z", width, ROW_HEIGHT));
    if (row->lane != NOBODY) {
        int x = lane_x(timeline, row->lane);
        int here = row_y(index);
        int since = row->waits ? here : time_y(timeline, row->since);
        int until = row->waits ? lane_end_y(timeline, row->lane) : here;
        if (until - since >= ROW_HEIGHT)
            add_path(group, "wait",
                     format_text("M%d %dV%d", x, MIDDLE + since - here, MIDDLE + until - here));
        if (row->other != NOBODY)
            draw_arrow(group, timeline, row);
        mxml_node_t *shape = add_path(group, "shape", copy_text(shapes[row->kind].path));
        mxmlElementSetAttrf(shape, "transform", "translate(%d %d)", x, MIDDLE);
        if (row->held >= 0) {
            char *held = format_text("%ld", row->held);
            mxml_node_t *number = add_words(group, "text", "held", held);
            mxmlElementSetAttrf(number, "x", "%d", x - 7);
            mxmlElementSetAttrf(number, "y", "%d", BASELINE - 6);
            free(held);
        }
    }
    draw_columns(group, timeline, row, words);
    free(words);
    free(class);
}

static int drawing_width(const struct timeline *timeline)
{
    int left = lane_x(timeline, timeline->lane_count > 0 ? timeline->lane_count - 1 : 0);
    size_t most = 0;
    for (size_t i = 0; i < timeline->row_count; i++) {
        const struct row *row = &timeline->row[i];
        size_t mark = row->mark != NULL ? text_columns(row->mark) + 4 : 0;
        size_t columns = row->place != NULL ? text_columns(row->place) : 0;
        if (mark > 0)
            columns = mark + (row->place != NULL ? (MARK_COLUMN - PLACE_COLUMN) / CHARACTER : 0);
        most = columns > most ? columns : most;
    }
    return left + PLACE_COLUMN + (int)most * CHARACTER + 12;
}

mxml_node_t *draw_timeline(mxml_node_t *parent, const struct timeline *timeline)
{
    int width = drawing_width(timeline), height = row_y(timeline->row_count) + MIDDLE;
    mxml_node_t *svg = add_element(parent, "svg", "timeline");
    mxmlElementSetAttrf(svg, "viewBox", "0 0 %d %d", width, height);
    mxmlElementSetAttrf(svg, "width", "%d", width);
    mxmlElementSetAttrf(svg, "height", "%d", height);
    mxmlElementSetAttr(svg, "role", "img");
    mxmlElementSetAttr(svg, "aria-label", timeline->test);
    for (size_t i = 0; i < timeline->lane_count; i++)
        draw_lane(svg, timeline, i);
    for (size_t i = 0; i < timeline->row_count; i++)
        draw_row(svg, timeline, i, width);
    return svg;
}

// --- What all share -----------------------------------------------------------------------------

void draw_shared(mxml_node_t *parent)
{
    mxml_node_t *svg = add_element(parent, "svg", NULL);
    mxmlElementSetAttr(svg, "width", "0");
    mxmlElementSetAttr(svg, "height", "0");
    mxmlElementSetAttr(svg, "aria-hidden", "true");
    mxml_node_t *tip = add_element(svg, "marker", NULL);
    mxmlElementSetAttr(tip, "id", "tip");
    mxmlElementSetAttr(tip, "viewBox", "0 0 6 6");
    mxmlElementSetAttr(tip, "refX", "5");
    mxmlElementSetAttr(tip, "refY", "3");
    mxmlElementSetAttr(tip, "markerWidth", "6");
    mxmlElementSetAttr(tip, "markerHeight", "6");
    mxmlElementSetAttr(tip, "orient", "auto");
    add_path(tip, NULL, copy_text("M0 0L6 3L0 6z"));
}

void draw_legend(mxml_node_t *parent)
{
    mxml_node_t *list = add_element(parent, "ul", "legend");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        char *class = format_text("event %s", shapes[i].name);
        mxml_node_t *item = add_element(list, "li", NULL);
        mxml_node_t *svg = add_element(item, "svg", NULL);
        mxmlElementSetAttr(svg, "width", "16");
        mxmlElementSetAttr(svg, "height", "16");
        mxmlElementSetAttr(svg, "viewBox", "-8 -8 16 16");
        add_path(add_element(svg, "g", class), "shape", copy_text(shapes[i].path));
        add_text(item, shapes[i].meaning);
        free(class);
    }
}
