/*
 * scene.c - see scene.h.
 */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

// --- Actors -------------------------------------------------------------------------------------

// The living actor with this pid; else a new one.
static size_t find_actor(struct scene *scene, pid_t pid)
{
    for (size_t i = scene->actor_count; i-- > 0;)
        if (scene->actor[i].pid == pid && scene->actor[i].end == NOBODY)
            return i;
    size_t index = scene->actor_count++;
    scene->actor = grow(scene->actor, scene->actor_count, sizeof *scene->actor);
    scene->actor[index] = (struct actor){.pid = pid,
                                         .process = index,
                                         .parent = NOBODY,
                                         .end = NOBODY,
                                         .last = NOBODY,
                                         .reap = NOBODY,
                                         .client = NOBODY};
    return index;
}

// --- Holdings -----------------------------------------------------------------------------------

static struct holding *find_holding(struct scene *scene, size_t process, long fd)
{
    for (size_t i = 0; i < scene->holding_count; i++)
        if (scene->holding[i].process == process && scene->holding[i].fd == fd)
            return &scene->holding[i];
    return NULL;
}

static void hold(struct scene *scene, size_t process, long fd, size_t client, size_t since)
{
    struct holding *holding = find_holding(scene, process, fd);
    if (holding == NULL) {
        scene->holding = grow(scene->holding, scene->holding_count + 1, sizeof *scene->holding);
        holding = &scene->holding[scene->holding_count++];
        scene->actor[process].held++;
    }
    *holding = (struct holding){process, fd, client, since, NOBODY, false};
}

static void drop(struct scene *scene, struct holding *holding)
{
    scene->actor[holding->process].held--;
    *holding = scene->holding[--scene->holding_count];
}

static void drop_all(struct scene *scene, size_t process)
{
    for (size_t i = scene->holding_count; i-- > 0;)
        if (scene->holding[i].process == process)
            drop(scene, &scene->holding[i]);
}

static void inherit(struct scene *scene, size_t from, size_t to, size_t since)
{
    size_t count = scene->holding_count;
    for (size_t i = 0; i < count; i++)
        if (scene->holding[i].process == from)
            hold(scene, to, scene->holding[i].fd, scene->holding[i].client, since);
}

// --- Clients ------------------------------------------------------------------------------------

static size_t find_client(const struct recording *recording, long port)
{
    for (size_t i = 0; i < recording->client_count; i++)
        if (recording->client[i].port == port)
            return i;
    return NOBODY;
}

// Looks for the client's port in `TCP:[127.0.0.1:9876->127.0.0.1:36276]`, which -yy tells.
static size_t client_in_note(const struct recording *recording, const char *note)
{
    const char *arrow = note != NULL ? strstr(note, "->") : NULL;
    if (arrow == NULL || strstr(note, "TCP") == NULL)
        return NOBODY;
    const char *colon = arrow;
    while (colon > note && *colon != ':')
        colon--;
    size_t client = find_client(recording, strtol(colon + 1, NULL, 10));
    const char *close = strchr(arrow, ']');
    while (close != NULL && close[1] == ':') // [::ffff:127.0.0.1]:36276
        close = strchr(close + 1, ']');
    if (client != NOBODY || close == NULL)
        return client;
    for (colon = close; colon > arrow && *colon != ':'; colon--)
        ;
    return find_client(recording, strtol(colon + 1, NULL, 10));
}

// Of an accept: the peer's port stands in the result's note, or in the address.
static size_t client_of_accept(const struct recording *recording, const struct event *event)
{
    static const char port[] = "port=htons(";
    size_t client = client_in_note(recording, event->result_note);
    const char *at = strstr(event->arguments, port);
    if (client == NOBODY && at != NULL)
        client = find_client(recording, strtol(at + strlen(port), NULL, 10));
    return client;
}

// What an event with a descriptor as its first argument is about.
static struct holding *find_subject(struct scene *scene, size_t process, const struct event *event)
{
    long fd = event_argument(event, 0);
    if (fd < 0)
        return NULL;
    struct holding *holding = find_holding(scene, process, fd);
    const char *open = strchr(event->arguments, '<'), *comma = strchr(event->arguments, ',');
    if (open != NULL && (comma == NULL || open < comma)) {
        size_t client = client_in_note(scene->recording, open);
        if (client != NOBODY && (holding == NULL || holding->client != client)) {
            hold(scene, process, fd, client, NOBODY);
            holding = find_holding(scene, process, fd);
        }
    }
    return holding;
}

// --- Events -------------------------------------------------------------------------------------

static void see_fork(struct scene *scene, size_t actor, size_t index)
{
    const struct event *event = &scene->recording->trace.event[index];
    size_t process = scene->actor[actor].process;
    size_t made = find_actor(scene, (pid_t)event->result);
    scene->actor[made].parent = actor;
    scene->actor[made].client = scene->client_of[index] = scene->actor[actor].client;
    if (event_is_thread_start(event)) {
        scene->actor[made].process = process;
    } else {
        scene->actor[made].reaps_itself = scene->actor[process].reaps_itself;
        inherit(scene, process, made, index);
    }
}

static void see_end(struct scene *scene, size_t actor, size_t index)
{
    struct actor *ended = &scene->actor[actor];
    ended->end = index;
    scene->client_of[index] = ended->client;
    if (ended->process != actor)
        return;
    drop_all(scene, actor);
    if (ended->parent == NOBODY || scene->actor[scene->actor[ended->parent].process].reaps_itself)
        ended->reap = index; // by the grader, or by the kernel
}

static void see_wait(struct scene *scene, size_t index)
{
    const struct event *event = &scene->recording->trace.event[index];
    const char *at = strstr(event->arguments, "si_pid=");
    long pid = strcmp(event->name, "waitid") == 0 && at != NULL
                   ? strtol(at + strlen("si_pid="), NULL, 10)
                   : event->result;
    for (size_t i = scene->actor_count; pid > 0 && i-- > 0;)
        if (scene->actor[i].pid == pid) {
            scene->actor[i].reap = index;
            return;
        }
}

static void see_sigaction(struct scene *scene, size_t process, const struct event *event)
{
    const char *end = strstr(event->arguments, "}, {"); // behind it stands what was before
    size_t size = end != NULL ? (size_t)(end - event->arguments) : strlen(event->arguments);
    if (strncmp(event->arguments, "SIGCHLD, ", 9) == 0 &&
        (memmem(event->arguments, size, "sa_handler=SIG_IGN", 18) != NULL ||
         memmem(event->arguments, size, "SA_NOCLDWAIT", 12) != NULL))
        scene->actor[process].reaps_itself = true;
}

static void see_descriptor(struct scene *scene, size_t process, size_t index)
{
    const struct event *event = &scene->recording->trace.event[index];
    struct holding *holding = find_subject(scene, process, event);
    if (holding == NULL)
        return;
    scene->client_of[index] = holding->client;
    if (strcmp(event->name, "close") == 0) { // whether it has returned or not
        drop(scene, holding);
    } else if (strncmp(event->name, "dup", 3) == 0 && event->returned && event->result >= 0) {
        hold(scene, process, event->result, holding->client, index);
    } else if (event_takes_bytes(event) || event_gives_bytes(event) ||
               strcmp(event->name, "shutdown") == 0) {
        holding->used = index;
        holding->at_end = event->returned && event->result <= 0;
    }
}

static void see_call(struct scene *scene, size_t actor, size_t index)
{
    const struct event *event = &scene->recording->trace.event[index];
    size_t process = scene->actor[actor].process;
    if (event_is_fork(event) || event_is_thread_start(event)) {
        see_fork(scene, actor, index);
    } else if (strncmp(event->name, "accept", 6) == 0) {
        size_t client = client_of_accept(scene->recording, event);
        if (event->returned && event->result >= 0 && client != NOBODY)
            hold(scene, process, event->result, client, index);
        scene->client_of[index] = client;
        if (event->returned)
            scene->actor[actor].client = client;
    } else if (strcmp(event->name, "listen") == 0) {
        if (event->returned && event->result == 0)
            hold(scene, process, event_argument(event, 0), LISTENER, index);
    } else if (strncmp(event->name, "wait", 4) == 0) {
        see_wait(scene, index);
    } else if (strcmp(event->name, "rt_sigaction") == 0) {
        see_sigaction(scene, process, event);
    } else {
        see_descriptor(scene, process, index);
    }
}

// A deed begins with the name of the client that did it.
static void find_doers(struct scene *scene)
{
    const struct recording *recording = scene->recording;
    scene->doer_of = grow(NULL, recording->deed_count + 1, sizeof *scene->doer_of);
    for (size_t i = 0; i < recording->deed_count; i++) {
        scene->doer_of[i] = NOBODY;
        for (size_t j = 0; j < recording->client_count && scene->doer_of[i] == NOBODY; j++)
            if (begins_with_name(recording->deed[i].text, recording->client[j].name))
                scene->doer_of[i] = j;
    }
}

void scene_make(struct scene *scene, const struct recording *recording)
{
    const struct trace *trace = &recording->trace;
    *scene = (struct scene){.recording = recording};
    scene->actor_of = grow(NULL, trace->count + 1, sizeof *scene->actor_of);
    scene->client_of = grow(NULL, trace->count + 1, sizeof *scene->client_of);
    scene->held_at = grow(NULL, trace->count + 1, sizeof *scene->held_at);
    find_doers(scene);
    for (size_t i = 0; i < trace->count; i++) {
        const struct event *event = &trace->event[i];
        size_t actor = find_actor(scene, event->pid);
        scene->actor_of[i] = actor;
        scene->client_of[i] = NOBODY;
        scene->actor[actor].last = i;
        if (event->kind == EVENT_CALL)
            see_call(scene, actor, i);
        else if (event->kind != EVENT_SIGNAL)
            see_end(scene, actor, i);
        scene->held_at[i] = scene->actor[scene->actor[actor].process].held;
    }
}

// What the thread was called when it was last seen, or NULL.
static const char *last_name(const struct scene *scene, const struct actor *actor)
{
    return actor->last != NOBODY ? scene->recording->trace.event[actor->last].thread : NULL;
}

char *scene_name_actor(const struct scene *scene, size_t index)
{
    const struct actor *actor = &scene->actor[index];
    const char *name = last_name(scene, actor);
    const char *common = last_name(scene, &scene->actor[actor->process]);
    if (actor->process == index || name == NULL || common == NULL || strcmp(name, common) == 0)
        return format_text("%d", (int)actor->pid);
    return format_text("%d %s", (int)actor->pid, name);
}

bool scene_is_zombie(const struct scene *scene, size_t index)
{
    const struct actor *actor = &scene->actor[index];
    // What a parent leaves behind is init's.
    return actor->end != NOBODY && actor->process == index && actor->reap == NOBODY &&
           actor->parent != NOBODY &&
           scene->actor[scene->actor[actor->parent].process].end == NOBODY;
}

void scene_free(struct scene *scene)
{
    free(scene->actor);
    free(scene->actor_of);
    free(scene->client_of);
    free(scene->held_at);
    free(scene->doer_of);
    free(scene->holding);
    *scene = (struct scene){0};
}
