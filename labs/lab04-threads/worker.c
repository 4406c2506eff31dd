/*
 * worker.c - a thread that serves one client.
 *
 *     main thread                                  its thread
 *     take_slot   --> slot: cfd, client
 *     start_worker ---- pthread_create(slot) --->  serve_client(slot)
 *     accepts the next client                      echoes on cfd until the client ends
 *                                                  free_slot, close(cfd), returns
 *
 * From pthread_create on the two run at the same time, in an order that nobody knows. So main hands
 * over a slot that it will not touch again before it is free, and no variable of its own.
 */
#include "worker.h"

#include "echo.h"

#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include "todo.h"

// A thread's whole life. Its argument is its slot.
static void *serve_client(void *argument)
{
    struct slot *slot = argument;
    int cfd = slot->cfd;

    // Say who is served, by which thread (gettid(2)), and flush at once: stdout may be a file.
    // Then echo until this client ends. An error costs this client and nobody else: report it, but
    // never leave by exit(3), which ends all threads.
    TODO(2, cfd);

    // Step 5: nobody waits for this thread, it gives back itself what it holds. First the slot: a
    // client that sees the end of its connection may be back at once, and must find one free.

    // Step 4: then the descriptor, which is the process's and stays when a thread returns.
    return NULL;
}

int start_worker(struct slot *slot)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);

    // Step 7: a thread that has ended keeps its stack until it is joined. Nobody will join these:
    // make them detached, pthread_attr_setdetachstate(3).

    // Start serve_client. What its argument points to must be this client's alone: that is step 3.
    // And it must outlive this function: the thread may look at it much later.
    TODO(2, slot, serve_client);
}
