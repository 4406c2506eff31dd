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

static struct slot slots[SLOTS];

// Step 10: a lock for the table, pthread_mutex_init(3).
// [step 10]
static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
// [/step 10]

struct slot *take_slot(int cfd, const char *client)
{
    struct slot *slot = NULL;

    // Step 10: nobody else may look at the table or change it, from here on.
    // [step 10]
    pthread_mutex_lock(&table_lock);
    // [/step 10]

    // Find a slot that is free, mark it as taken, and put this client into it.
    // [step 2] TODO(2, slots, cfd, client);
    for (size_t i = 0; i < SLOTS && slot == NULL; i++) {
        if (!slots[i].taken) {
            slot = &slots[i];
        }
    }
    if (slot != NULL) {
        slot->taken = true;
        slot->cfd = cfd;
        snprintf(slot->client, sizeof slot->client, "%s", client);
    }
    // [/step 2]

    // Step 10: let the others in again.
    // [step 10]
    pthread_mutex_unlock(&table_lock);
    // [/step 10]
    return slot;
}

void free_slot(struct slot *slot)
{
    // Step 10: the table changes here too.
    // [step 10]
    pthread_mutex_lock(&table_lock);
    // [/step 10]

    // Step 5: from here on the slot may be anybody's.
    // [step 5] (void)slot;
    slot->taken = false;
    // [/step 5]

    // Step 10: and the others again.
    // [step 10]
    pthread_mutex_unlock(&table_lock);
    // [/step 10]
}
