/*
 * marks.h - what is missing in a recording, or wrong, and at which event that shows.
 *
 *     scene ──> marks: "no close(4)" at the read that returned 0
 */
#ifndef MARKS_H
#define MARKS_H

#include "scene.h"

/* How much a mark tells. */
enum mark_weight {
    MARK_NONE,
    MARK_BESIDE, // true of the program, and perhaps not what failed
    MARK_MAIN,   // what the program as a whole waits for
    MARK_CAUSE,  // what the failed command was about
};

struct mark {
    enum mark_weight weight;
    char *text; // no close(4); NULL where there is none
};

struct marks {
    const struct scene *scene;
    struct mark *at; // by event
    size_t subject;  // whom the failed command was about: a client, LISTENER, or NOBODY
    size_t zombies;  // children that have ended and nobody waits for
};

/* The scene must outlive the marks. Where no command failed there are none. */
void marks_find(struct marks *marks, const struct scene *scene);
void marks_free(struct marks *marks);

/* Is this client whom the failed command was about? Without such a client all of them are. */
bool marks_is_subject(const struct marks *marks, size_t client);

/* Does the deed connect a client that is the subject, and that no accept has returned? */
bool marks_is_unheard(const struct marks *marks, size_t deed);

#endif
