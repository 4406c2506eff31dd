// shared.h - what the parent and its workers have in common.
#ifndef SHARED_H
#define SHARED_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

enum { WORKERS_MAX = 64, NAMES = 200 };

struct shared {
    pthread_mutex_t lock;     // robust; for all but `bytes`
    int clients[WORKERS_MAX]; // that each worker has now; -1 if none can be started
    unsigned long accepted;
    atomic_int names;
    struct {
        struct in_addr address;
        unsigned long visits;
    } name[NAMES];
    atomic_ulong bytes;
};

void lock_shared(struct shared *shared);

// What worker number `self` does. It never returns.
_Noreturn void work(struct shared *shared, int self, int lfd);

#endif
