/*
 * evidence.c - see evidence.h.
 *
 * Everything that might be shown is a sight with a weight; the ten heaviest stay. Marks weigh most:
 * what is missing is what the learner looks for.
 */
#include "evidence.h"

#include "describe.h"
#include "scene.h"

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
    size_t subject; // the client whom the failed command is about, or NOBODY
    size_t zombies;
    struct importance {
        int weight; // 0: not to be shown
        char *mark;
    } * importance; // by event
    struct candidate {
        double time;
        int weight;
        size_t event, deed; // one of them is NOBODY
        unsigned times;
    } * candidate;
    size_t count;
};

// --- Collecting ---------------------------------------------------------------------------------

// What is marked keeps its mark.
static void mark_event(struct choice *choice, size_t index, int weight, char *mark)
{
    struct importance *importance = &choice->importance[index];
    if (weight > importance->weight)
        importance->weight = weight;
    if (importance->mark == NULL)
        importance->mark = mark;
    else
        free(mark);
}

// The same call in the same place, not long before, which has moved nothing either: who tries for
// ever fills no page.
static struct candidate *find_same(struct choice *choice, const struct event *event)
{
    const struct trace *trace = &choice->recording->trace;
    bool moves = event->returned && event->error == NULL && event->result > 0;
    if (event->kind != EVENT_CALL || moves || !event->returned)
        return NULL;
    for (size_t back = 1; back <= LOOK_BACK && back <= choice->count; back++) {
        struct candidate *candidate = &choice->candidate[choice->count - back];
        if (candidate->event == NOBODY)
            continue;
        const struct event *other = &trace->event[candidate->event];
        if (other->kind == EVENT_CALL && other->returned && other->address == event->address &&
            other->result == event->result && strcmp(other->name, event->name) == 0 &&
            event_argument(other, 0) == event_argument(event, 0) &&
            (event->error == NULL) == (other->error == NULL) &&
            (event->error == NULL || strcmp(event->error, other->error) == 0))
            return candidate;
    }
    return NULL;
}

static void add_event(struct choice *choice, size_t index)
{
    const struct event *event = &choice->recording->trace.event[index];
    struct candidate *same = find_same(choice, event);
    bool came = event->kind == EVENT_CALL && (event->returned || event->interrupted);
    if (same != NULL)
        same->times++;
    else
        choice->candidate[choice->count++] = (struct candidate){
            .time = came ? event->ended : event->begun,
            .weight = choice->importance[index].weight,
            .event = index,
            .deed = NOBODY,
            .times = 1,
        };
}

static struct sight show_event(const struct choice *choice, const struct candidate *candidate)
{
    const struct event *event = &choice->recording->trace.event[candidate->event];
    const char *mark = choice->importance[candidate->event].mark;
    return (struct sight){
        .who = format_text("%d", (int)event->pid),
        .what = describe_event(event),
        .mark = mark != NULL ? copy_text(mark) : NULL,
        .program = event->program != NULL ? copy_text(event->program) : NULL,
        .address = event->address,
    };
}

// Does the text begin with this name, and a blank or a colon?
static bool begins_with(const char *text, const char *name)
{
    size_t size = strlen(name);
    return strncmp(text, name, size) == 0 && (text[size] == ' ' || text[size] == ':');
}

// The client of `A: expect hello`, of `crowd: expect hello (crowd.7)`, or of the quantity in
// `await server holders:A 1`.
static size_t find_subject(const struct recording *recording)
{
    const char *failed = recording->failed != NULL ? recording->failed : "";
    const char *one = strrchr(failed, '('); // of a crowd
    const char *about = strstr(failed, ":");
    if (strstr(failed, "holders:listener") != NULL)
        return LISTENER;
    for (size_t i = 0; i < recording->client_count; i++) {
        const char *name = recording->client[i].name;
        size_t size = strlen(name);
        if (one != NULL && strncmp(one + 1, name, size) == 0 && one[1 + size] == ')')
            return i;
        if (begins_with(failed, name) || (about != NULL && begins_with(about + 1, name)))
            return i;
    }
    return NOBODY;
}

static bool is_subject(const struct choice *choice, size_t client)
{
    if (client == NOBODY || client == LISTENER)
        return client == choice->subject && client == LISTENER;
    return choice->subject == NOBODY || client == choice->subject;
}

static bool failed_at(const struct choice *choice, const char *word)
{
    return choice->recording->failed != NULL && strstr(choice->recording->failed, word) != NULL;
}

// --- What is missing ----------------------------------------------------------------------------

// Children that have ended and nobody has waited for.
static void find_zombies(struct choice *choice)
{
    const struct scene *scene = &choice->scene;
    for (size_t i = 0; i < scene->actor_count; i++) {
        const struct actor *actor = &scene->actor[i];
        if (actor->end == NOBODY || actor->process != i || actor->reaped ||
            scene->actor[scene->actor[actor->parent].process].end != NOBODY)
            continue; // what a parent leaves behind is init's
        if (++choice->zombies <= 3)
            mark_event(choice, actor->end, WEIGHT_MARK, copy_text("zombie: no waitpid"));
        if (choice->subject == NOBODY)
            choice->subject = actor->client;
    }
}

// Does a client still wait for the end of its connection, or has it itself gone?
static bool is_over(const struct choice *choice, size_t client)
{
    static const char *const ends[] = {"closed the connection", "reset the connection",
                                       "ended its sending side"};
    const char *name = choice->recording->client[client].name;
    if (client == choice->subject &&
        (failed_at(choice, "expect-gone") || failed_at(choice, "expect-end")))
        return true;
    for (size_t i = 0; i < choice->recording->deed_count; i++) {
        const char *text = choice->recording->deed[i].text;
        for (size_t j = 0; begins_with(text, name) && j < sizeof ends / sizeof *ends; j++)
            if (strstr(text, ends[j]) != NULL)
                return true;
    }
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
static bool is_left(const struct choice *choice, const struct holding *holding)
{
    const struct scene *scene = &choice->scene;
    if (holding->client == LISTENER)
        return scene->actor[holding->process].parent != NOBODY;
    if (holding->used != NOBODY)
        return holding->at_end && is_over(choice, holding->client);
    return is_over(choice, holding->client) || is_served_elsewhere(scene, holding);
}

// It may stand at the fork that gave the descriptor to a child.
static char *name_leak(const struct choice *choice, const struct holding *holding, size_t at)
{
    pid_t holder = choice->scene.actor[holding->process].pid;
    if (choice->scene.actor[choice->scene.actor_of[at]].process == holding->process)
        return format_text("no close(%ld)", holding->fd);
    return format_text("no close(%ld) in %d", holding->fd, (int)holder);
}

static void find_leaks(struct choice *choice)
{
    const struct scene *scene = &choice->scene;
    size_t leaks = 0;
    for (size_t i = 0; i < scene->holding_count && leaks < 3; i++) {
        const struct holding *holding = &scene->holding[i];
        size_t at = holding->used != NOBODY ? holding->used : holding->since;
        if (at == NOBODY || !is_subject(choice, holding->client))
            continue;
        if (holding->since == NOBODY && failed_at(choice, "expect-end")) {
            // The learner's own client, which is to end what it sends.
            mark_event(choice, at, WEIGHT_MARK, format_text("no shutdown(%ld)", holding->fd));
        } else if (is_left(choice, holding)) {
            mark_event(choice, at, WEIGHT_MARK, name_leak(choice, holding, at));
            leaks++;
            if (choice->subject == NOBODY)
                choice->subject = holding->client;
        }
    }
}

// Clients that connected, and whom no accept has returned.
static bool was_accepted(const struct choice *choice, size_t client)
{
    const struct trace *trace = &choice->recording->trace;
    for (size_t i = 0; i < trace->count; i++)
        if (choice->scene.client_of[i] == client)
            return true;
    return false;
}

// Calls that wait for somebody else. What merely had not yet returned tells nothing.
static bool can_wait(const struct event *event)
{
    static const char *const names[] = {
        "accept",      "accept4", "read",     "readv",      "recvfrom",        "recvmsg",
        "write",       "writev",  "sendto",   "sendmsg",    "connect",         "poll",
        "ppoll",       "select",  "pselect6", "epoll_wait", "wait4",           "waitid",
        "epoll_pwait", "splice",  "sendfile", "nanosleep",  "clock_nanosleep", NULL};
    return event_is_one_of(event, names);
}

// Calls that have not returned when the check failed.
static void find_waits(struct choice *choice)
{
    const struct scene *scene = &choice->scene;
    const struct trace *trace = &choice->recording->trace;
    for (size_t i = 0; i < scene->actor_count; i++) {
        const struct actor *actor = &scene->actor[i];
        if (actor->end != NOBODY || actor->last == NOBODY)
            continue;
        const struct event *last = &trace->event[actor->last];
        if (last->returned || last->interrupted || !can_wait(last))
            continue;
        bool first = actor->parent == NOBODY;
        size_t client = scene->client_of[actor->last];
        bool crossed =
            client != NOBODY && actor->client != NOBODY && client != actor->client && !first;
        bool about = choice->subject != NOBODY &&
                     (is_subject(choice, client) || (crossed && is_subject(choice, actor->client)));
        int weight = about ? WEIGHT_MARK : first ? WEIGHT_LAST : WEIGHT_LITTLE;
        mark_event(choice, actor->last, weight,
                   crossed ? format_text("waits for %s", choice->recording->client[client].name)
                           : copy_text("waits here"));
    }
}

// --- What was done ------------------------------------------------------------------------------

static int weigh_call(const struct choice *choice, size_t index)
{
    const struct event *event = &choice->recording->trace.event[index];
    bool subject = is_subject(choice, choice->scene.client_of[index]);
    if (!event->returned) // find_waits() has those that wait still
        return event->interrupted ? WEIGHT_TURN : 0;
    if (event->error != NULL && strcmp(event->error, "ECHILD") != 0)
        return event->program == NULL ? 0 : subject ? WEIGHT_ERROR + 1 : WEIGHT_ERROR;
    if (event_is_fork(event) || event_is_thread_start(event) ||
        strncmp(event->name, "accept", 6) == 0)
        return subject ? WEIGHT_TURN : WEIGHT_LITTLE;
    if (strncmp(event->name, "wait", 4) == 0)
        return event->result > 0 && choice->zombies > 0 ? WEIGHT_TURN : WEIGHT_LITTLE;
    if (!subject)
        return 0;
    if (strcmp(event->name, "close") == 0 || strcmp(event->name, "shutdown") == 0 ||
        event->result == 0)
        return WEIGHT_TURN;
    return WEIGHT_COMMON;
}

// Those that come all the time, and those by which the grader stops time.
static bool is_quiet_signal(const char *name)
{
    return strcmp(name, "SIGCHLD") == 0 || strcmp(name, "SIGSTOP") == 0 ||
           strcmp(name, "SIGCONT") == 0 || strcmp(name, "SIGTERM") == 0;
}

static void collect_events(struct choice *choice)
{
    const struct trace *trace = &choice->recording->trace;
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->event[i];
        const struct actor *actor = &choice->scene.actor[choice->scene.actor_of[i]];
        int weight = 0;
        if (event->kind == EVENT_CALL)
            weight = weigh_call(choice, i);
        else if (event->kind == EVENT_SIGNAL)
            weight = is_quiet_signal(event->name) ? WEIGHT_LITTLE : WEIGHT_ERROR;
        else if (event->kind == EVENT_KILLED && is_quiet_signal(event->name))
            weight = WEIGHT_LITTLE;
        else if (event->kind == EVENT_KILLED || actor->parent == NOBODY)
            weight = WEIGHT_DEATH;
        else if (is_subject(choice, choice->scene.client_of[i]))
            weight = WEIGHT_COMMON;
        if (weight >= WEIGHT_ERROR && event->error != NULL && event_argument(event, 0) == -1 &&
            strcmp(event->error, "EBADF") == 0)
            mark_event(choice, i, WEIGHT_MARK, copy_text("-1 is no descriptor"));
        else if (weight > 0)
            mark_event(choice, i, weight, NULL);
        if (choice->importance[i].weight > 0)
            add_event(choice, i);
    }
}

// Who did it: the client whose name the deed begins with, or NOBODY: the grader.
static size_t find_doer(const struct recording *recording, const struct deed *deed)
{
    for (size_t i = 0; i < recording->client_count; i++)
        if (begins_with(deed->text, recording->client[i].name))
            return i;
    return NOBODY;
}

static bool is_unheard(const struct choice *choice, const struct deed *deed, size_t client)
{
    return is_subject(choice, client) && strstr(deed->text, " connected to ") != NULL &&
           !was_accepted(choice, client);
}

static void collect_deeds(struct choice *choice)
{
    const struct recording *recording = choice->recording;
    for (size_t i = 0; i < recording->deed_count; i++) {
        const struct deed *deed = &recording->deed[i];
        size_t client = find_doer(recording, deed);
        if (strncmp(deed->text, "looked at ", 10) == 0 || strncmp(deed->text, "started ", 8) == 0)
            continue;
        int weight = is_unheard(choice, deed, client) ? WEIGHT_MARK
                     : i + 1 == recording->deed_count ? WEIGHT_LAST
                     : is_subject(choice, client)     ? WEIGHT_COMMON + 1
                                                      : WEIGHT_LITTLE + 1;
        choice->candidate[choice->count++] = (struct candidate){
            .time = deed->time, .weight = weight, .event = NOBODY, .deed = i, .times = 1};
    }
}

// `A connected to 127.0.0.1 port 9876, from port 36276` without what is the same for all.
static struct sight show_deed(const struct choice *choice, const struct candidate *candidate)
{
    const struct recording *recording = choice->recording;
    const struct deed *deed = &recording->deed[candidate->deed];
    size_t client = find_doer(recording, deed);
    const char *name = client != NOBODY ? recording->client[client].name : "grader";
    const char *what = client != NOBODY ? deed->text + strlen(name) + 1 : deed->text;
    const char *from = strstr(what, ", from port ");
    bool connected = client != NOBODY && from != NULL && strncmp(what, "connected to ", 13) == 0;
    return (struct sight){
        .who = copy_text(name),
        .what = connected ? format_text("connected%s", from) : copy_text(what),
        .mark = is_unheard(choice, deed, client) ? copy_text("never accepted") : NULL,
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
    struct choice choice = {.recording = recording, .subject = find_subject(recording)};
    size_t count = recording->trace.count, most = count + recording->deed_count + 1;

    *evidence = (struct evidence){0};
    scene_make(&choice.scene, recording);
    choice.importance = grow(NULL, count + 1, sizeof *choice.importance);
    memset(choice.importance, 0, (count + 1) * sizeof *choice.importance);
    choice.candidate = grow(NULL, most, sizeof *choice.candidate);
    find_zombies(&choice);
    find_leaks(&choice);
    find_waits(&choice);
    collect_events(&choice);
    collect_deeds(&choice);
    choose(evidence, &choice);
    for (size_t i = 0; i < count; i++)
        free(choice.importance[i].mark);
    free(choice.importance);
    free(choice.candidate);
    scene_free(&choice.scene);
}

void evidence_free(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        free(evidence->sight[i].who);
        free(evidence->sight[i].what);
        free(evidence->sight[i].mark);
        free(evidence->sight[i].program);
    }
    *evidence = (struct evidence){0};
}
