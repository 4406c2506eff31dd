/*
 * timeline.c - see timeline.h.
 */
#include "timeline.h"

#include "describe.h"
#include "fold.h"
#include "marks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS_ALONE = 9, PROCESSES_ALONE = 12, CALL_SHOWN = 240 };

// What a lane is found by, while it is made.
struct layout {
    const struct recording *recording;
    struct scene scene;
    struct marks marks;
    double zero; // when the record begins
    size_t *lane_of_client;
    size_t *lane_of_actor; // NOBODY for who did nothing worth a row
    size_t listener;
    size_t room; // for rows
    struct timeline *timeline;
};

// --- Lanes --------------------------------------------------------------------------------------

static size_t add_lane(struct timeline *timeline, enum lane_kind kind, char *name)
{
    timeline->lane = grow(timeline->lane, timeline->lane_count + 1, sizeof *timeline->lane);
    timeline->lane[timeline->lane_count] =
        (struct lane){.kind = kind, .name = name, .begin = INFINITY, .end = 0, .reap = 0};
    return timeline->lane_count++;
}

// Puts somebody into a lane; who is there longest says how long it is.
static void join(struct lane *lane, double begin, double end, double reap)
{
    lane->members++;
    lane->begin = begin < lane->begin ? begin : lane->begin;
    lane->end = end > lane->end ? end : lane->end;
    lane->reap = reap > lane->reap ? reap : lane->reap;
}

// From the first deed to the last; who has not gone by then is there at the end.
static void join_client(struct layout *layout, size_t client, size_t lane)
{
    const struct recording *recording = layout->recording;
    double begin = INFINITY, end = INFINITY;
    for (size_t i = 0; i < recording->deed_count; i++) {
        const struct deed *deed = &recording->deed[i];
        if (!deed_is_of(deed, recording->client[client].name))
            continue;
        begin = deed->time < begin ? deed->time : begin;
        if (strstr(deed->text, " closed the connection") != NULL ||
            strstr(deed->text, " reset the connection") != NULL)
            end = deed->time;
    }
    // Whose visit failed has done nothing that was told.
    for (size_t i = 0; begin == INFINITY && i < recording->trace.count; i++)
        if (layout->scene.client_of[i] == client)
            begin = recording->trace.event[i].begun;
    begin = begin == INFINITY ? layout->zero : begin;
    join(&layout->timeline->lane[lane], begin - layout->zero, end - layout->zero,
         end - layout->zero);
}

static void add_clients(struct layout *layout)
{
    const struct recording *recording = layout->recording;
    size_t count = recording->client_count, alone = 0, rest = NOBODY;
    layout->lane_of_client = grow(NULL, count + 1, sizeof *layout->lane_of_client);
    for (size_t i = 0; i < count; i++) {
        size_t lane = rest;
        if (count <= CLIENTS_ALONE + 1 || i == layout->marks.subject || ++alone < CLIENTS_ALONE)
            lane = add_lane(layout->timeline, LANE_CLIENT, copy_text(recording->client[i].name));
        else if (rest == NOBODY)
            lane = rest = add_lane(layout->timeline, LANE_CLIENT, NULL);
        layout->lane_of_client[i] = lane;
        join_client(layout, i, lane);
    }
}

static void add_listener(struct layout *layout)
{
    const struct trace *trace = &layout->recording->trace;
    layout->listener = NOBODY;
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->event[i];
        if (strcmp(event->name, "listen") != 0 || !event->returned || event->result != 0)
            continue;
        if (layout->listener == NOBODY)
            layout->listener = add_lane(layout->timeline, LANE_LISTENER, copy_text("listener"));
        size_t end = layout->scene.actor[layout->scene.actor_of[i]].end;
        double gone = end != NOBODY ? trace->event[end].begun - layout->zero : INFINITY;
        join(&layout->timeline->lane[layout->listener], event->begun - layout->zero, gone, gone);
    }
}

// Has a mark that explains the failure, or serves the client that has to do with it?
static bool matters(const struct layout *layout, size_t index)
{
    const struct actor *actor = &layout->scene.actor[index];
    return actor->parent == NOBODY ||
           (layout->marks.subject != NOBODY && actor->client == layout->marks.subject) ||
           (actor->end != NOBODY && layout->marks.at[actor->end].text != NULL);
}

static void join_actor(struct layout *layout, size_t index, size_t lane, size_t first)
{
    const struct actor *actor = &layout->scene.actor[index];
    const struct event *event = layout->recording->trace.event;
    double end = actor->end != NOBODY ? event[actor->end].begun - layout->zero : INFINITY;
    double reap = scene_is_zombie(&layout->scene, index) ? INFINITY
                  : actor->reap != NOBODY ? event_moment(&event[actor->reap]) - layout->zero
                                          : end;
    join(&layout->timeline->lane[lane], event[first].begun - layout->zero, end,
         reap > end ? reap : end);
}

static void add_actors(struct layout *layout)
{
    const struct scene *scene = &layout->scene;
    size_t count = scene->actor_count, alone = 0, rest = NOBODY;
    size_t *first = grow(NULL, count + 1, sizeof *first);
    layout->lane_of_actor = grow(NULL, count + 1, sizeof *layout->lane_of_actor);
    for (size_t i = 0; i < count; i++)
        first[i] = NOBODY;
    for (size_t i = layout->recording->trace.count; i-- > 0;)
        first[scene->actor_of[i]] = i;
    for (size_t i = 0; i < count; i++) {
        const struct actor *actor = &scene->actor[i];
        enum lane_kind kind = actor->process == i ? LANE_PROCESS : LANE_THREAD;
        size_t lane = rest, left = TIMELINE_LANES_MAX - 1 - layout->timeline->lane_count;
        layout->lane_of_actor[i] = NOBODY;
        if (first[i] == NOBODY)
            continue; // made, and not yet seen
        bool has_room = left > 0 && (count <= PROCESSES_ALONE + 1 || ++alone < PROCESSES_ALONE ||
                                     matters(layout, i));
        if (has_room)
            lane = add_lane(layout->timeline, kind, scene_name_actor(scene, i));
        else if (rest == NOBODY)
            lane = rest = add_lane(layout->timeline, kind, NULL);
        layout->lane_of_actor[i] = lane;
        join_actor(layout, i, lane, first[i]);
    }
    free(first);
}

static void name_lanes(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->lane_count; i++)
        if (timeline->lane[i].name == NULL)
            timeline->lane[i].name = format_text("%zu more", timeline->lane[i].members);
}

// --- Rows ---------------------------------------------------------------------------------------

static void add_row(struct layout *layout, struct row row)
{
    struct timeline *timeline = layout->timeline;
    if (timeline->row_count == layout->room) {
        layout->room = 2 * layout->room + 64;
        timeline->row = grow(timeline->row, layout->room, sizeof *timeline->row);
    }
    timeline->row[timeline->row_count++] = row;
}

static bool calls(const struct event *event, const char *name)
{
    return event->kind == EVENT_CALL && strcmp(event->name, name) == 0;
}

// What a learner would not have written, or what the next event tells again.
static bool is_beside(const struct layout *layout, size_t index)
{
    const struct event *event = &layout->recording->trace.event[index];
    static const char *const told_elsewhere[] = {"execve", "exit", "exit_group", NULL};
    if (event->kind == EVENT_SIGNAL) // the grader stops time and lets it go on
        return strcmp(event->name, "SIGSTOP") == 0 || strcmp(event->name, "SIGCONT") == 0;
    if (event->kind != EVENT_CALL)
        return false;
    if (event_is_one_of(event, told_elsewhere))
        return true;
    if (event_is_fork(event) || event_is_thread_start(event))
        return false;
    if (layout->scene.client_of[index] != NOBODY)
        return false;
    return event->program == NULL;
}

static size_t lane_of(const struct layout *layout, size_t client)
{
    return client == LISTENER ? layout->listener
           : client == NOBODY ? NOBODY
                              : layout->lane_of_client[client];
}

static size_t find_lane_of_pid(const struct layout *layout, long pid)
{
    for (size_t i = layout->scene.actor_count; pid > 0 && i-- > 0;)
        if (layout->scene.actor[i].pid == pid)
            return layout->lane_of_actor[i];
    return NOBODY;
}

// What kind of row a call makes, and who is at its other end.
static void sort_call(const struct layout *layout, size_t index, struct row *row)
{
    const struct event *event = &layout->recording->trace.event[index];
    size_t client = layout->scene.client_of[index];
    size_t peer = lane_of(layout, client);
    bool done = event->returned && event->error == NULL;
    if (event_is_fork(event) || event_is_thread_start(event)) {
        row->kind = ROW_START;
        row->other = find_lane_of_pid(layout, event->result);
    } else if (strncmp(event->name, "accept", 6) == 0) {
        row->kind = ROW_OPEN;
        row->other = done ? peer : NOBODY;
        row->inward = true;
    } else if (calls(event, "connect") || calls(event, "listen")) {
        row->kind = ROW_OPEN;
        row->other = done ? peer : NOBODY;
    } else if (event_takes_bytes(event)) {
        row->kind = ROW_TAKE;
        row->other = done && event->result > 0 ? peer : NOBODY;
        row->inward = true;
    } else if (event_gives_bytes(event)) {
        row->kind = ROW_GIVE;
        row->other = done ? peer : NOBODY;
    } else if (calls(event, "close") || calls(event, "shutdown")) {
        row->kind = ROW_CLOSE;
    } else if (strncmp(event->name, "wait", 4) == 0 && event->returned && event->result > 0) {
        row->kind = ROW_REAP;
        row->other = find_lane_of_pid(layout, event->result);
    }
    if ((row->kind == ROW_TAKE || row->kind == ROW_GIVE) && done)
        row->bytes = event->result;
    row->failed = event->returned && event->error != NULL;
    row->waits = !event->returned && !event->interrupted && event_can_wait(event);
}

static void add_event(struct layout *layout, size_t index)
{
    const struct event *event = &layout->recording->trace.event[index];
    struct row row = {
        .kind = event->kind == EVENT_SIGNAL ? ROW_SIGNAL
                : event->kind == EVENT_CALL ? ROW_OTHER
                                            : ROW_END,
        .source = index,
        .lane = layout->lane_of_actor[layout->scene.actor_of[index]],
        .other = NOBODY,
        .time = event_moment(event) - layout->zero,
        .since = event->begun - layout->zero,
        .times = 1,
        .held = -1,
    };
    if (event->kind == EVENT_CALL)
        sort_call(layout, index, &row);
    row.failed = row.failed || event->kind == EVENT_KILLED;
    if (row.other == row.lane)
        row.other = NOBODY;
    add_row(layout, row);
}

// Of a deed that each of many did: what it was.
static const char *what_each_did(const char *what)
{
    static const char many[] = ": each ";
    const char *each = strstr(what, many);
    return strncmp(what, "to ", 3) == 0 && each != NULL ? each + strlen(many) : what;
}

static void add_deed(struct layout *layout, size_t index)
{
    const struct deed *deed = &layout->recording->deed[index];
    size_t client = layout->scene.doer_of[index];
    const char *what = what_each_did(deed_words(&layout->scene, index));
    struct row row = {
        .kind = ROW_OTHER,
        .source = layout->recording->trace.count + index,
        .lane = lane_of(layout, client),
        .other = NOBODY,
        .time = deed->time - layout->zero,
        .since = deed->time - layout->zero,
        .times = 1,
        .held = -1,
    };
    if (strncmp(deed->text, "looked at ", 10) == 0 || strncmp(deed->text, "started ", 8) == 0)
        return;
    if (strncmp(what, "connected to ", 13) == 0) {
        row.kind = ROW_OPEN;
        row.other = layout->listener;
    } else if (strncmp(what, "sent ", 5) == 0 && client != NOBODY) {
        row.kind = ROW_GIVE;
    } else if (strncmp(what, "received ", 9) == 0) {
        row.kind = ROW_TAKE;
    } else if (strncmp(what, "closed", 6) == 0 || strncmp(what, "reset", 5) == 0 ||
               strncmp(what, "ended its", 9) == 0) {
        row.kind = ROW_CLOSE;
    }
    add_row(layout, row);
}

static int compare_rows(const void *a, const void *b)
{
    const struct row *first = a, *second = b;
    if (first->time != second->time)
        return first->time < second->time ? -1 : 1;
    return first->source < second->source ? -1 : 1;
}

// --- Fewer rows ---------------------------------------------------------------------------------

// The same call with the same outcome, whatever the numbers in it; the same deed.
static bool is_same(const struct row *a, const struct row *b, const void *context)
{
    const struct layout *layout = context;
    const struct trace *trace = &layout->recording->trace;
    if (a->kind != b->kind || a->lane != b->lane || a->other != b->other ||
        a->failed != b->failed || a->waits != b->waits ||
        (a->source < trace->count) != (b->source < trace->count))
        return false;
    if (a->source >= trace->count) {
        const char *first = deed_words(&layout->scene, a->source - trace->count);
        const char *second = deed_words(&layout->scene, b->source - trace->count);
        size_t words = strcspn(first, "0123456789\"");
        return strncmp(first, second, words) == 0;
    }
    const struct event *first = &trace->event[a->source], *second = &trace->event[b->source];
    return strcmp(first->name, second->name) == 0 &&
           (!a->failed || first->kind != EVENT_CALL || strcmp(first->error, second->error) == 0);
}

static bool must_stay(const struct row *row, const void *context)
{
    const struct layout *layout = context;
    size_t count = layout->recording->trace.count;
    return row->source < count ? layout->marks.at[row->source].text != NULL
                               : marks_is_unheard(&layout->marks, row->source - count);
}

// --- Words --------------------------------------------------------------------------------------

static char *decode_call(const struct event *event)
{
    char *whole = event->kind != EVENT_CALL ? describe_event(event)
                  : !event->returned        ? format_text("%s(%s)", event->name, event->arguments)
                  : event->error != NULL
                      ? format_text("%s(%s) = -1 %s", event->name, event->arguments, event->error)
                      : format_text("%s(%s) = %ld", event->name, event->arguments, event->result);
    char *call = clean_text(whole, strlen(whole), CALL_SHOWN);
    free(whole);
    return call;
}

static void word_event(const struct layout *layout, struct row *row, long *shown)
{
    const struct event *event = &layout->recording->trace.event[row->source];
    const char *mark = layout->marks.at[row->source].text;
    size_t process = layout->scene.actor[layout->scene.actor_of[row->source]].process;
    long held = layout->scene.held_at[row->source];
    bool alone = layout->timeline->lane[row->lane].members == 1;
    row->who = copy_text(layout->timeline->lane[row->lane].name);
    row->what = describe_event(event);
    row->call = decode_call(event);
    row->program = event->program != NULL ? copy_text(event->program) : NULL;
    row->address = event->address;
    row->manual = describe_manual(event);
    row->mark = mark != NULL ? copy_text(mark) : NULL;
    if (alone && held != shown[process] && row->kind != ROW_END)
        row->held = shown[process] = held;
}

static void word_deed(const struct layout *layout, struct row *row)
{
    size_t deed = row->source - layout->recording->trace.count;
    row->who = copy_text(row->lane != NOBODY ? layout->timeline->lane[row->lane].name : "grader");
    row->what = describe_deed(&layout->scene, deed);
    row->mark = marks_is_unheard(&layout->marks, deed) ? copy_text("never accepted") : NULL;
}

static void word_rows(const struct layout *layout)
{
    struct timeline *timeline = layout->timeline;
    long *shown = grow(NULL, layout->scene.actor_count + 1, sizeof *shown);
    for (size_t i = 0; i < layout->scene.actor_count; i++)
        shown[i] = 0;
    for (size_t i = 0; i < timeline->row_count; i++) {
        struct row *row = &timeline->row[i];
        if (row->kind == ROW_GAP)
            row->what = format_text("%u more", row->times);
        else if (row->source < layout->recording->trace.count)
            word_event(layout, row, shown);
        else
            word_deed(layout, row);
    }
    free(shown);
}

// --- All of it ----------------------------------------------------------------------------------

// A program may have been there before the record's first line.
static double find_zero(const struct recording *recording)
{
    double first = recording->trace.count > 0 ? recording->trace.event[0].begun : INFINITY;
    return recording->begun > 0 && recording->begun < first ? recording->begun : first;
}

void timeline_make(struct timeline *timeline, const struct recording *recording, size_t rows_max)
{
    struct layout layout = {
        .recording = recording, .zero = find_zero(recording), .timeline = timeline};
    *timeline = (struct timeline){
        .test = copy_text(recording->test),
        .event_count = recording->trace.count,
        .ended = recording->ended - layout.zero,
    };
    scene_make(&layout.scene, recording);
    marks_find(&layout.marks, &layout.scene);
    add_clients(&layout);
    add_listener(&layout);
    add_actors(&layout);
    name_lanes(timeline);
    for (size_t i = 0; i < recording->trace.count; i++)
        if (!is_beside(&layout, i))
            add_event(&layout, i);
    for (size_t i = 0; i < recording->deed_count; i++)
        add_deed(&layout, i);
    if (timeline->row_count > 0)
        qsort(timeline->row, timeline->row_count, sizeof *timeline->row, compare_rows);
    timeline->row_count =
        fold_rows(timeline->row, timeline->row_count, rows_max, is_same, must_stay, &layout);
    word_rows(&layout);
    free(layout.lane_of_client);
    free(layout.lane_of_actor);
    marks_free(&layout.marks);
    scene_free(&layout.scene);
}

void timeline_free(struct timeline *timeline)
{
    for (size_t i = 0; i < timeline->lane_count; i++)
        free(timeline->lane[i].name);
    for (size_t i = 0; i < timeline->row_count; i++) {
        struct row *row = &timeline->row[i];
        free(row->who);
        free(row->what);
        free(row->mark);
        free(row->call);
        free(row->manual);
        free(row->program);
        free(row->place);
    }
    free(timeline->lane);
    free(timeline->row);
    free(timeline->test);
    *timeline = (struct timeline){0};
}
