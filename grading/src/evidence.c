/*
 * evidence.c - see evidence.h.
 *
 * Everything that might be shown is a sight with a weight; the ten heaviest stay. Marks weigh most:
 * what is missing is what the learner looks for.
 */
#include "evidence.h"

#include "describe.h"
#include "marks.h"

#include <stdlib.h>
#include <string.h>

enum {
    WEIGHT_LITTLE = 1, // others' doings
    WEIGHT_COMMON = 3, // the subject's
    WEIGHT_TURN = 5,   // what changes who has what: accept, fork, close, the end
    WEIGHT_ERROR = 7,  // a call that failed
    WEIGHT_LAST = 8,   // the client's last deed
    WEIGHT_DEATH = 9,  // a signal that killed
    WEIGHT_MARK = 10,  // something is missing here
    LOOK_BACK = 32,
};

struct choice {
    const struct recording *recording;
    struct scene scene;
    struct marks marks;
    struct candidate {
        double time;
        int weight;
        size_t event, deed; // one of them is NOBODY
        unsigned times;
    } * candidate;
    size_t count;
};

// --- Collecting ---------------------------------------------------------------------------------

// The same call in the same place, not long before, which has moved nothing either: who tries for
// ever fills no page.
static struct candidate *find_same(struct choice *choice, size_t index)
{
    const struct trace *trace = &choice->recording->trace;
    const struct event *event = &trace->event[index];
    const char *mark = choice->marks.at[index].text;
    bool moves = event->returned && event->error == NULL && event->result > 0;
    if (event->kind != EVENT_CALL || moves || !event->returned)
        return NULL;
    for (size_t back = 1; back <= LOOK_BACK && back <= choice->count; back++) {
        struct candidate *candidate = &choice->candidate[choice->count - back];
        if (candidate->event == NOBODY)
            continue;
        const struct event *other = &trace->event[candidate->event];
        const char *its_mark = choice->marks.at[candidate->event].text;
        if (other->kind == EVENT_CALL && other->returned && other->address == event->address &&
            other->result == event->result && strcmp(other->name, event->name) == 0 &&
            event_argument(other, 0) == event_argument(event, 0) &&
            (event->error == NULL) == (other->error == NULL) &&
            (event->error == NULL || strcmp(event->error, other->error) == 0) &&
            (mark == NULL) == (its_mark == NULL) && (mark == NULL || strcmp(mark, its_mark) == 0))
            return candidate;
    }
    return NULL;
}

static void add_event(struct choice *choice, size_t index, int weight)
{
    const struct event *event = &choice->recording->trace.event[index];
    struct candidate *same = find_same(choice, index);
    if (same != NULL)
        same->times++;
    else
        choice->candidate[choice->count++] = (struct candidate){
            .time = event_moment(event),
            .weight = weight,
            .event = index,
            .deed = NOBODY,
            .times = 1,
        };
}

static struct sight show_event(const struct choice *choice, const struct candidate *candidate)
{
    const struct event *event = &choice->recording->trace.event[candidate->event];
    const char *mark = choice->marks.at[candidate->event].text;
    return (struct sight){
        .who = scene_name_actor(&choice->scene, choice->scene.actor_of[candidate->event]),
        .what = describe_event(event),
        .mark = mark != NULL ? copy_text(mark) : NULL,
        .program = event->program != NULL ? copy_text(event->program) : NULL,
        .address = event->address,
    };
}

// --- What was done ------------------------------------------------------------------------------

static int weigh_call(const struct choice *choice, size_t index)
{
    const struct event *event = &choice->recording->trace.event[index];
    bool subject = marks_is_subject(&choice->marks, choice->scene.client_of[index]);
    bool closes = strcmp(event->name, "close") == 0 || strcmp(event->name, "shutdown") == 0;
    if (!event->returned) // marks.h has those that wait still
        return event->interrupted || (subject && closes) ? WEIGHT_TURN : 0;
    if (event->error != NULL && strcmp(event->error, "ECHILD") != 0)
        return event->program == NULL ? 0 : subject ? WEIGHT_ERROR + 1 : WEIGHT_ERROR;
    if (event_is_fork(event) || event_is_thread_start(event) ||
        strncmp(event->name, "accept", 6) == 0)
        return subject ? WEIGHT_TURN : WEIGHT_LITTLE;
    if (strncmp(event->name, "wait", 4) == 0)
        return event->result > 0 && choice->marks.zombies > 0 ? WEIGHT_TURN : WEIGHT_LITTLE;
    if (!subject)
        return 0;
    return closes || event->result == 0 ? WEIGHT_TURN : WEIGHT_COMMON;
}

// Those that come all the time, and those by which the grader stops time.
static bool is_quiet_signal(const char *name)
{
    return strcmp(name, "SIGCHLD") == 0 || strcmp(name, "SIGSTOP") == 0 ||
           strcmp(name, "SIGCONT") == 0 || strcmp(name, "SIGTERM") == 0;
}

static int weigh_event(const struct choice *choice, size_t index)
{
    static const int of_mark[] = {[MARK_NONE] = 0,
                                  [MARK_BESIDE] = WEIGHT_LITTLE,
                                  [MARK_MAIN] = WEIGHT_LAST,
                                  [MARK_CAUSE] = WEIGHT_MARK};
    const struct event *event = &choice->recording->trace.event[index];
    const struct actor *actor = &choice->scene.actor[choice->scene.actor_of[index]];
    int weight = 0, mark = of_mark[choice->marks.at[index].weight];
    if (event->kind == EVENT_CALL)
        weight = weigh_call(choice, index);
    else if (event->kind == EVENT_SIGNAL)
        weight = is_quiet_signal(event->name) ? WEIGHT_LITTLE : WEIGHT_ERROR;
    else if (event->kind == EVENT_KILLED && is_quiet_signal(event->name))
        weight = WEIGHT_LITTLE;
    else if (event->kind == EVENT_KILLED || actor->parent == NOBODY)
        weight = WEIGHT_DEATH;
    else if (marks_is_subject(&choice->marks, choice->scene.client_of[index]))
        weight = WEIGHT_COMMON;
    return weight > mark ? weight : mark;
}

static void collect_events(struct choice *choice)
{
    for (size_t i = 0; i < choice->recording->trace.count; i++) {
        int weight = weigh_event(choice, i);
        if (weight > 0)
            add_event(choice, i, weight);
    }
}

static void collect_deeds(struct choice *choice)
{
    const struct recording *recording = choice->recording;
    for (size_t i = 0; i < recording->deed_count; i++) {
        const struct deed *deed = &recording->deed[i];
        size_t client = choice->scene.doer_of[i];
        if (strncmp(deed->text, "looked at ", 10) == 0 || strncmp(deed->text, "started ", 8) == 0)
            continue;
        int weight = marks_is_unheard(&choice->marks, i)        ? WEIGHT_MARK
                     : i + 1 == recording->deed_count           ? WEIGHT_LAST
                     : marks_is_subject(&choice->marks, client) ? WEIGHT_COMMON + 1
                                                                : WEIGHT_LITTLE + 1;
        choice->candidate[choice->count++] = (struct candidate){
            .time = deed->time, .weight = weight, .event = NOBODY, .deed = i, .times = 1};
    }
}

static struct sight show_deed(const struct choice *choice, const struct candidate *candidate)
{
    size_t client = choice->scene.doer_of[candidate->deed];
    bool unheard = marks_is_unheard(&choice->marks, candidate->deed);
    return (struct sight){
        .who = copy_text(client != NOBODY ? choice->recording->client[client].name : "grader"),
        .what = describe_deed(&choice->scene, candidate->deed),
        .mark = unheard ? copy_text("never accepted") : NULL,
    };
}

// --- Choosing -----------------------------------------------------------------------------------

static int compare_weight(const void *a, const void *b)
{
    const struct candidate *first = a, *second = b;
    if (first->weight != second->weight)
        return second->weight - first->weight;
    return first->time < second->time ? 1 : first->time > second->time ? -1 : 0; // the later ones
}

static int compare_time(const void *a, const void *b)
{
    const struct candidate *first = a, *second = b;
    return first->time < second->time ? -1 : first->time > second->time ? 1 : 0;
}

static void choose(struct evidence *evidence, struct choice *choice)
{
    size_t chosen = choice->count < EVIDENCE_MAX ? choice->count : EVIDENCE_MAX;
    qsort(choice->candidate, choice->count, sizeof *choice->candidate, compare_weight);
    qsort(choice->candidate, chosen, sizeof *choice->candidate, compare_time);
    for (size_t i = 0; i < chosen; i++) {
        const struct candidate *candidate = &choice->candidate[i];
        struct sight *sight = &evidence->sight[evidence->count++];
        *sight = candidate->event != NOBODY ? show_event(choice, candidate)
                                            : show_deed(choice, candidate);
        sight->time = candidate->time;
        sight->times = candidate->times;
    }
}

void evidence_choose(struct evidence *evidence, const struct recording *recording)
{
    struct choice choice = {.recording = recording};
    size_t most = recording->trace.count + recording->deed_count + 1;

    *evidence = (struct evidence){0};
    scene_make(&choice.scene, recording);
    marks_find(&choice.marks, &choice.scene);
    choice.candidate = grow(NULL, most, sizeof *choice.candidate);
    collect_events(&choice);
    collect_deeds(&choice);
    choose(evidence, &choice);
    free(choice.candidate);
    marks_free(&choice.marks);
    scene_free(&choice.scene);
}

void evidence_free(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        free(evidence->sight[i].who);
        free(evidence->sight[i].what);
        free(evidence->sight[i].mark);
        free(evidence->sight[i].program);
        free(evidence->sight[i].place);
    }
    *evidence = (struct evidence){0};
}
