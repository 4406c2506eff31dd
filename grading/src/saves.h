/*
 * saves.h - tells when a source in one of some directories was saved, made, renamed or removed.
 *
 * inotify(7) tells of it where the kernel makes the change itself. On a network's mount another
 * machine makes it; there, or when there are no more watches to be had, the directories are looked
 * at again and again.
 */
#ifndef SAVES_H
#define SAVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct saves {
    const char **directory;
    size_t count;
    int fd;         // readable when something happened; -1: call saves_take() every so often
    int *watch;     // by directory: inotify's number
    uint64_t *seen; // by directory: what it looked like; where there is no fd
};

enum { SAVES_POLL_MS = 700 };

/*
 * Begins, with `count` directories whose names must outlive it. `polls` leaves out inotify.
 * Never fails: it polls where nothing else goes.
 */
void saves_open(struct saves *saves, const char **directory, size_t count, bool polls);

/* Which directory has news? The last one of several; -1: none. Does not wait. */
long saves_take(struct saves *saves);

void saves_close(struct saves *saves);

#endif
