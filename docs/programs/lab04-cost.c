/*
 * lab04-cost.c - what it costs to make a process, and to make a thread.
 *
 * Usage: lab04-cost
 *
 * Makes 500 of each, one after another, waits for each, and says how long that took.
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TIMES = 500 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make_process(void)
{
    pid_t pid = fork();
    if (pid == -1)
        err(EXIT_FAILURE, "fork");
    if (pid == 0)
        _exit(EXIT_SUCCESS);
    waitpid(pid, NULL, 0);
}

static void *do_nothing(void *argument)
{
    return argument;
}

static void make_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, do_nothing, NULL) != 0)
        errx(EXIT_FAILURE, "pthread_create");
    pthread_join(thread, NULL);
}

static void measure(const char *what, void (*make)(void))
{
    double begun = now();
    for (int i = 0; i < TIMES; i++)
        make();
    printf("%d %s: %.3f s\n", TIMES, what, now() - begun);
}

int main(void)
{
    measure("processes", make_process);
    measure("threads", make_thread);
}
