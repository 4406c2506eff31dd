/*
 * lab04-argument.c - the address of a loop's variable, given to threads. Wrong, and why.
 *
 * Usage: lab04-argument
 *
 *     main      i = 0   create   i = 1   create   i = 2   create   i = 3 | all begin
 *     threads                                                            | *argument?
 *
 * Who runs first after pthread_create(3), nobody knows. Here the threads are held up until the loop
 * is over, so that what can happen does happen.
 */
#include <pthread.h>
#include <stdio.h>

enum { THREADS = 3 };

static pthread_barrier_t gate;

// The thread of a client, whose number the argument points to.
static void *serve(void *argument)
{
    pthread_barrier_wait(&gate);
    int client = *(int *)argument;
    printf("a thread serves client %d\n", client);
    return NULL;
}

int main(void)
{
    pthread_t thread[THREADS];
    int i;

    pthread_barrier_init(&gate, NULL, THREADS + 1);
    for (i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, serve, &i);
    pthread_barrier_wait(&gate);
    for (int t = 0; t < THREADS; t++)
        pthread_join(thread[t], NULL);
}
