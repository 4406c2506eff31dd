/*
 * lab04-shared.c - who sees it when a child, or a thread, changes something?
 *
 * Usage: lab04-shared
 *
 * Does the same seven things twice: in a child process, then in a thread. Each time main looks
 * afterwards whether it can tell.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANGES = 7 };

static int global;
static char *heap;
static int fd;

// Changes something of everything.
static void *change(void *unused)
{
    sigset_t all;
    sigfillset(&all);
    global = 1;
    strcpy(heap, "new");
    close(fd);
    if (chdir("/tmp") == -1)
        err(EXIT_FAILURE, "/tmp");
    signal(SIGUSR1, SIG_IGN);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    errno = EPIPE;
    return unused;
}

static void in_a_child(void)
{
    if (fork() == 0) {
        change(NULL);
        _exit(EXIT_SUCCESS);
    }
    wait(NULL);
}

static void in_a_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, change, NULL) == 0)
        pthread_join(thread, NULL);
}

// Puts all in order, lets somebody change it, and looks what can be seen of that here.
static void look(void (*somebody)(void), const char *seen[CHANGES])
{
    char directory[4096];
    sigset_t mask;
    struct sigaction action;

    global = 0;
    strcpy(heap, "old");
    fd = open("/dev/null", O_RDONLY);
    if (chdir("/") == -1)
        err(EXIT_FAILURE, "/");
    errno = 0;

    somebody();
    int error = errno;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    sigaction(SIGUSR1, NULL, &action);
    seen[0] = global == 1 ? "seen" : "-";
    seen[1] = strcmp(heap, "new") == 0 ? "seen" : "-";
    seen[2] = fcntl(fd, F_GETFD) == -1 ? "seen" : "-";
    seen[3] = getcwd(directory, sizeof directory) != NULL && directory[1] != '\0' ? "seen" : "-";
    seen[4] = action.sa_handler == SIG_IGN ? "seen" : "-";
    seen[5] = sigismember(&mask, SIGUSR1) ? "seen" : "-";
    seen[6] = error == EPIPE ? "seen" : "-";
}

int main(void)
{
    static const char *const what[CHANGES] = {"a global variable",
                                              "memory on the heap",
                                              "a closed descriptor",
                                              "the working directory",
                                              "what a signal does",
                                              "which signals are blocked",
                                              "errno"};
    const char *child[CHANGES], *thread[CHANGES];

    heap = malloc(sizeof "old");
    if (heap == NULL)
        err(EXIT_FAILURE, "malloc");
    look(in_a_child, child);
    look(in_a_thread, thread);
    printf("%-27s %-8s %s\n", "changed in", "a child", "a thread");
    for (int i = 0; i < CHANGES; i++)
        printf("%-27s %-8s %s\n", what[i], child[i], thread[i]);
    free(heap);
}
