/*
 * marks.c - see marks.h.
 */
#include "marks.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_OF_A_KIND = 3 };

static const struct recording *recording_of(const struct marks *marks)
{
    return marks->scene->recording;
}

// What is marked keeps its text.
static void mark(struct marks *marks, size_t index, enum mark_weight weight, char *text)
{
    struct mark *at = &marks->at[index];
    if (weight > at->weight)
        at->weight = weight;
    if (at->text == NULL)
        at->text = text;
    else
        free(text);
}

// The client of `A: expect hello`, of `crowd: expect hello (crowd.7)`, or of the quantity in
// `await server holders:A 1`.
static size_t find_subject(const struct recording *recording)
{
    const char *failed = recording->failed;
    const char *one = strrchr(failed, '('); // of a crowd
    const char *about = strstr(failed, ":");
    if (strstr(failed, "holders:listener") != NULL)
        return LISTENER;
    for (size_t i = 0; i < recording->client_count; i++) {
        const char *name = recording->client[i].name;
        size_t size = strlen(name);
        if (one != NULL && strncmp(one + 1, name, size) == 0 && one[1 + size] == ')')
            return i;
        if (begins_with_name(failed, name) || (about != NULL && begins_with_name(about + 1, name)))
            return i;
    }
    return NOBODY;
}

bool marks_is_subject(const struct marks *marks, size_t client)
{
    if (client == NOBODY || client == LISTENER)
        return client == marks->subject && client == LISTENER;
    return marks->subject == NOBODY || client == marks->subject;
}

static bool failed_at(const struct marks *marks, const char *word)
{
    return strstr(recording_of(marks)->failed, word) != NULL;
}

// --- Children -----------------------------------------------------------------------------------

static void find_zombies(struct marks *marks)
{
    const struct scene *scene = marks->scene;
    for (size_t i = 0; i < scene->actor_count; i++) {
        const struct actor *actor = &scene->actor[i];
        if (!scene_is_zombie(scene, i))
            continue;
        if (++marks->zombies <= MOST_OF_A_KIND)
            mark(marks, actor->end, MARK_CAUSE, copy_text("zombie: no waitpid"));
        if (marks->subject == NOBODY)
            marks->subject = actor->client;
    }
}

// --- Descriptors --------------------------------------------------------------------------------

// Does a client still wait for the end of its connection, or has it itself gone?
static bool is_over(const struct marks *marks, size_t client)
{
    static const char *const ends[] = {"closed the connection", "reset the connection",
                                       "ended its sending side"};
    const struct recording *recording = recording_of(marks);
    if (client == marks->subject &&
        (failed_at(marks, "expect-gone") || failed_at(marks, "expect-end")))
        return true;
    for (size_t i = 0; i < recording->deed_count; i++)
        for (size_t j = 0; marks->scene->doer_of[i] == client && j < sizeof ends / sizeof *ends;
             j++)
            if (strstr(recording->deed[i].text, ends[j]) != NULL)
                return true;
    return false;
}

// Does another process read from the connection, or write to it?
static bool is_served_elsewhere(const struct scene *scene, const struct holding *holding)
{
    for (size_t i = 0; i < scene->holding_count; i++)
        if (scene->holding[i].client == holding->client && &scene->holding[i] != holding &&
            scene->holding[i].used != NOBODY)
            return true;
    return false;
}

// Will nobody close it any more? The connection is over, or others serve it.
static bool is_left(const struct marks *marks, const struct holding *holding)
{
    const struct scene *scene = marks->scene;
    if (holding->client == LISTENER)
        return scene->actor[holding->process].parent != NOBODY;
    if (holding->used != NOBODY)
        return holding->at_end && is_over(marks, holding->client);
    return is_over(marks, holding->client) || is_served_elsewhere(scene, holding);
}

// It may stand at the fork that gave the descriptor to a child.
static char *name_leak(const struct scene *scene, const struct holding *holding, size_t at)
{
    pid_t holder = scene->actor[holding->process].pid;
    if (scene->actor[scene->actor_of[at]].process == holding->process)
        return format_text("no close(%ld)", holding->fd);
    return format_text("no close(%ld) in %d", holding->fd, (int)holder);
}

static void find_leaks(struct marks *marks)
{
    const struct scene *scene = marks->scene;
    size_t leaks = 0;
    for (size_t i = 0; i < scene->holding_count && leaks < MOST_OF_A_KIND; i++) {
        const struct holding *holding = &scene->holding[i];
        size_t at = holding->used != NOBODY ? holding->used : holding->since;
        if (at == NOBODY || !marks_is_subject(marks, holding->client))
            continue;
        if (holding->since == NOBODY && failed_at(marks, "expect-end")) {
            // The learner's own client, which is to end what it sends.
            mark(marks, at, MARK_CAUSE, format_text("no shutdown(%ld)", holding->fd));
        } else if (is_left(marks, holding)) {
            mark(marks, at, MARK_CAUSE, name_leak(scene, holding, at));
            leaks++;
            if (marks->subject == NOBODY)
                marks->subject = holding->client;
        }
    }
}

// A thread that closes the connection of another one's client: its own number was closed before, and
// has been given to somebody else.
static void find_wrong_closes(struct marks *marks)
{
    const struct scene *scene = marks->scene;
    for (size_t i = 0; i < recording_of(marks)->trace.count; i++) {
        const struct event *event = &recording_of(marks)->trace.event[i];
        const struct actor *actor = &scene->actor[scene->actor_of[i]];
        size_t client = scene->client_of[i];
        bool is_thread = actor->process != scene->actor_of[i];
        if (event->kind == EVENT_CALL && strcmp(event->name, "close") == 0 && is_thread &&
            client < recording_of(marks)->client_count && actor->client != NOBODY &&
            actor->client != client)
            mark(marks, i, MARK_CAUSE,
                 format_text("closes that of %s", recording_of(marks)->client[client].name));
    }
}

// An error taken for a descriptor.
static void find_no_descriptors(struct marks *marks)
{
    const struct trace *trace = &recording_of(marks)->trace;
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->event[i];
        if (event->kind == EVENT_CALL && event->program != NULL && event->error != NULL &&
            strcmp(event->error, "EBADF") == 0 && event_argument(event, 0) == -1)
            mark(marks, i, MARK_CAUSE, copy_text("-1 is no descriptor"));
    }
}

// --- Waiting ------------------------------------------------------------------------------------

// Calls that have not returned when the check failed.
static void find_waits(struct marks *marks)
{
    const struct scene *scene = marks->scene;
    const struct recording *recording = recording_of(marks);
    for (size_t i = 0; i < scene->actor_count; i++) {
        const struct actor *actor = &scene->actor[i];
        if (actor->end != NOBODY || actor->last == NOBODY)
            continue;
        const struct event *last = &recording->trace.event[actor->last];
        if (last->returned || last->interrupted || !event_can_wait(last))
            continue;
        bool first = actor->parent == NOBODY;
        size_t client = scene->client_of[actor->last];
        bool crossed =
            client != NOBODY && actor->client != NOBODY && client != actor->client && !first;
        bool about =
            marks->subject != NOBODY && (marks_is_subject(marks, client) ||
                                         (crossed && marks_is_subject(marks, actor->client)));
        mark(marks, actor->last,
             about   ? MARK_CAUSE
             : first ? MARK_MAIN
                     : MARK_BESIDE,
             crossed ? format_text("waits for %s", recording->client[client].name)
                     : copy_text("waits here"));
    }
}

static bool was_accepted(const struct scene *scene, size_t client)
{
    for (size_t i = 0; i < scene->recording->trace.count; i++)
        if (scene->client_of[i] == client)
            return true;
    return false;
}

// Of `A connected to 127.0.0.1 port 9876, from port 36276`: did a program that was seen bind it? One
// that runs under another tool is not seen, and may well have accepted.
static bool is_seen_port(const struct recording *recording, const char *connected)
{
    static const char before[] = " port ";
    const char *port = strstr(connected, before);
    if (port == NULL)
        return false;
    char *bound = format_text("htons(%ld)", strtol(port + strlen(before), NULL, 10));
    bool seen = false;
    for (size_t i = 0; i < recording->trace.count && !seen; i++)
        seen = strcmp(recording->trace.event[i].name, "bind") == 0 &&
               strstr(recording->trace.event[i].arguments, bound) != NULL;
    free(bound);
    return seen;
}

bool marks_is_unheard(const struct marks *marks, size_t deed)
{
    const struct recording *recording = recording_of(marks);
    size_t client = marks->scene->doer_of[deed];
    const char *connected = strstr(recording->deed[deed].text, " connected to ");
    return recording->failed != NULL && connected != NULL && marks_is_subject(marks, client) &&
           !was_accepted(marks->scene, client) && is_seen_port(recording, connected);
}

void marks_find(struct marks *marks, const struct scene *scene)
{
    size_t count = scene->recording->trace.count;
    *marks = (struct marks){.scene = scene, .subject = NOBODY};
    marks->at = grow(NULL, count + 1, sizeof *marks->at);
    for (size_t i = 0; i < count; i++)
        marks->at[i] = (struct mark){MARK_NONE, NULL};
    if (scene->recording->failed == NULL)
        return;
    marks->subject = find_subject(scene->recording);
    find_zombies(marks);
    find_leaks(marks);
    find_waits(marks);
    find_no_descriptors(marks);
    find_wrong_closes(marks);
}

void marks_free(struct marks *marks)
{
    for (size_t i = 0; marks->at != NULL && i < marks->scene->recording->trace.count; i++)
        free(marks->at[i].text);
    free(marks->at);
    *marks = (struct marks){0};
}
