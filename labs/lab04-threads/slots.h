/*
 * slots.h - the table of the clients that are being served.
 */
#ifndef SLOTS_H
#define SLOTS_H

#include "address.h"

#include <stdbool.h>

// So many clients at once, and no more.
enum { SLOTS = 256 };

/* One client. From take_slot to free_slot it belongs to whoever serves this client. */
struct slot {
    bool taken; // the table's own: nobody else looks at it
    int cfd;
    char client[ADDRESS_TEXT_SIZE]; // 127.0.0.1:35394
};

/* Takes a free slot and puts this client into it. Returns NULL if all slots are taken. */
struct slot *take_slot(int cfd, const char *client);

/* Makes a taken slot free again, for the next take_slot. Any thread may call it. Closes nothing. */
void free_slot(struct slot *slot);

#endif
