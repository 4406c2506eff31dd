/*
 * slots.c - the table of the clients that are being served.
 *
 *     main thread            slots                     threads, one a client
 *                           +-------+-----+--------+
 *     take_slot(cfd) ---->  | taken | cfd | client | <---- serve_client(slot 0)
 *                           | taken | cfd | client | <---- serve_client(slot 1)
 *                           | free  |     |        |
 *                           | taken | cfd | client | <---- serve_client(slot 3) --> free_slot
 *                           +-------+-----+--------+
 *
 * What is in a taken slot belongs to its thread alone and needs no lock. Which slots are taken is
 * everybody's business: `taken` is read and written only with the table locked.
 */
#include "slots.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include "todo.h"

static struct slot slots[SLOTS];

// Step 10: a lock for the table, pthread_mutex_init(3).

struct slot *take_slot(int cfd, const char *client)
{
    struct slot *slot = NULL;

    // Step 10: nobody else may look at the table or change it, from here on.

    // Find a slot that is free, mark it as taken, and put this client into it.
    TODO(2, slots, cfd, client);

    // Step 10: let the others in again.
    return slot;
}

void free_slot(struct slot *slot)
{
    // Step 10: the table changes here too.

    // Step 5: from here on the slot may be anybody's.
    (void)slot;

    // Step 10: and the others again.
}
