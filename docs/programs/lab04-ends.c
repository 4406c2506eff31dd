/*
 * lab04-ends.c - ways in which a thread can end, and what becomes of the others.
 *
 * Usage: lab04-ends return|pthread_exit|exit        a thread of three ends so
 *        lab04-ends main-return|main-pthread_exit   main ends so
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *way;

static void *end(void *unused)
{
    if (strcmp(way, "pthread_exit") == 0)
        pthread_exit(NULL);
    if (strcmp(way, "exit") == 0)
        exit(3);
    return unused;
}

// Waits until that thread has ended, then says that itself still lives.
static void *outlive(void *thread)
{
    pthread_join(*(pthread_t *)thread, NULL);
    puts("another thread is still here");
    return NULL;
}

int main(int argc, char *argv[])
{
    static pthread_t first, other;

    way = argc > 1 ? argv[1] : "";
    first = pthread_self();
    if (strncmp(way, "main-", strlen("main-")) != 0)
        pthread_create(&first, NULL, end, NULL);
    pthread_create(&other, NULL, outlive, &first);
    if (strcmp(way, "main-return") == 0)
        return EXIT_SUCCESS;
    if (strcmp(way, "main-pthread_exit") == 0)
        pthread_exit(NULL);
    pthread_join(other, NULL);
    puts("main is still here");
}
