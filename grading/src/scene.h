/*
 * scene.h - who took part in what was recorded, and whose connection each descriptor was.
 *
 *     recording ──> scene: actors (processes and threads), and of each event its actor and client
 *                     └──> evidence.h: the few lines that tell most
 */
#ifndef SCENE_H
#define SCENE_H

#include "recording.h"

static const size_t NOBODY = (size_t)-1;   // no actor, no client, no event
static const size_t LISTENER = (size_t)-2; // the client of a descriptor that is a listener

/* A process, or a thread beside its first one. */
struct actor {
    pid_t pid;
    size_t process;    // the actor that is its process; itself if it is one
    size_t parent;     // the actor that made it, or NOBODY
    size_t end;        // the event that ended it, or NOBODY: it lives
    size_t last;       // its last event, or NOBODY
    size_t client;     // whom it accepted last, or was made for; or NOBODY
    size_t reap;       // the event that took it away: a wait, or its end itself; or NOBODY
    bool reaps_itself; // its children leave no zombies: SIGCHLD is ignored, or SA_NOCLDWAIT
    unsigned held;     // by a process: how many connections and listeners, see held_at
};

/* A descriptor that is open in a process. */
struct holding {
    size_t process; // the actor
    long fd;
    size_t client;
    size_t since; // the event that opened it there: accept, connect, fork, dup
    size_t used;  // the last read or write on it there, or NOBODY
    bool at_end;  // ... which was the end of the connection, or an error
};

struct scene {
    const struct recording *recording;
    struct actor *actor;
    size_t actor_count;
    size_t *actor_of;        // by event
    size_t *client_of;       // by event; NOBODY for what is about no client
    unsigned *held_at;       // by event: what its process has open afterwards
    size_t *doer_of;         // by deed: the client; NOBODY for the grader
    struct holding *holding; // when the record ends
    size_t holding_count;
};

/* The recording must outlive the scene. */
void scene_make(struct scene *scene, const struct recording *recording);
void scene_free(struct scene *scene);

/*
 * What tells it from others: its id, and with a thread that has a name of its own that too:
 * "4190 worker". To be freed.
 */
char *scene_name_actor(const struct scene *scene, size_t actor);

/* Is this actor a child that has ended and that its parent, which lives, has not waited for? */
bool scene_is_zombie(const struct scene *scene, size_t actor);

#endif
