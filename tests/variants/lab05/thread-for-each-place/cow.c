// cow.c - the pages are what sbrk has added to the data segment. The parent waits for the child with
// sigwaitinfo.
#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int variable = 1;

static int grown(void)
{
    static char text[8192];
    static int before;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    size_t n = file != NULL ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    char *at = strstr(text, "Private_Dirty:");
    if (file == NULL || at == NULL)
        errx(1, "no smaps_rollup");
    fclose(file);
    int now = atoi(at + strlen("Private_Dirty:")), more = now - before;
    before = now;
    return more;
}

static _Noreturn void child(volatile char (*page)[4096], int writes)
{
    grown();
    variable = 2;
    for (int i = 0; i < writes; i++)
        page[i][i % 4096]++;
    printf("child: number %d, copied %d pages\n", variable, grown() / 4);
    fflush(stdout);
    while (!feof(stdin) && getchar() != '\n')
        continue;
    _exit(0);
}

int main(int argc, char **argv)
{
    char *end[2] = {"", ""};
    long number[2] = {0, 0};
    for (int i = 0; i < 2 && argc == 3; i++)
        number[i] = strtol(argv[i + 1], &end[i], 10);
    if (argc != 3 || *end[0] != '\0' || *end[1] != '\0' || *argv[1] == '\0' || *argv[2] == '\0' ||
        number[0] < 1 || number[0] > 100000 || number[1] < 0 || number[1] > number[0])
        errx(1, "usage: cow PAGES WRITES");
    size_t size = (size_t)number[0] * 4096;
    char *start = sbrk((intptr_t)size + 4096);
    if (start == (void *)-1)
        err(1, "sbrk");
    start += 4096 - (uintptr_t)start % 4096;
    volatile char(*page)[4096] = (void *)start;
    for (long i = 0; i < number[0]; i++)
        page[i][0] = 1;
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    pid_t pid = fork();
    if (pid == 0)
        child(page, (int)number[1]);
    if (pid == -1)
        err(1, "fork");
    while (waitpid(pid, NULL, WNOHANG) == 0)
        sigwaitinfo(&chld, NULL);
    printf("parent: number %d\n", variable);
    return 0;
}
