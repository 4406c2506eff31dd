/*
 * lab04-slots.c - two threads that each take a free slot of a table, without a lock and with one.
 *
 * Usage: lab04-slots [locked]
 *
 * Between the look and the mark a thread may be held up for any time. Without the lock, each waits
 * there for the other, so that what can happen does happen.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

enum { SLOTS = 4 };

static bool taken[SLOTS];
static bool locked;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;

static int take_slot(void)
{
    if (locked)
        pthread_mutex_lock(&lock);
    int slot = 0;
    while (slot < SLOTS && taken[slot])
        slot++;
    if (!locked)
        pthread_barrier_wait(&both);
    taken[slot] = true;
    if (locked)
        pthread_mutex_unlock(&lock);
    return slot;
}

static void *serve(void *unused)
{
    printf("a thread has slot %d\n", take_slot());
    return unused;
}

int main(int argc, char *argv[])
{
    pthread_t one, two;

    (void)argv;
    locked = argc > 1;
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&one, NULL, serve, NULL);
    pthread_create(&two, NULL, serve, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
}
