// cow.c - parent and child wait for each other by signals: the child writes only when the parent has said that
// it is ready. A pidfd tells the parent of the child's end.
#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t variable = 1, go;

static void on_usr1(int sig)
{
    go = sig;
}

static long sum_of_dirty(void)
{
    char line[256];
    long sum = 0, kib;
    FILE *file = fopen("/proc/self/smaps", "r");
    setvbuf(file, NULL, _IOFBF, 1024);
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Private_Dirty: %ld kB", &kib) == 1)
            sum += kib;
    fclose(file);
    return sum;
}

static bool get(const char *text, long *value)
{
    int used = 0;
    return sscanf(text, "%ld%n", value, &used) == 1 && text[used] == '\0';
}

int main(int argc, char **argv)
{
    long pages, writes;
    const size_t page = (size_t)getpagesize();
    sigset_t usr1, before;
    if (argc != 3 || !get(argv[1], &pages) || !get(argv[2], &writes) || pages < 1 ||
        pages > 100000 || writes < 0 || writes > pages)
        errx(1, "usage: cow PAGES WRITES");
    char *all = aligned_alloc(page, (size_t)pages * page);
    if (all == NULL)
        err(1, "aligned_alloc");
    for (size_t i = 0; i < (size_t)pages; i++)
        all[i * page + 1] = 1;
    signal(SIGUSR1, on_usr1);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    sigprocmask(SIG_BLOCK, &usr1, &before);
    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        while (!go)
            sigsuspend(&before);
        long then = sum_of_dirty();
        variable = 2;
        for (size_t i = 0; i < (size_t)writes; i++)
            all[i * page] = 2;
        long copied = (sum_of_dirty() - then) * 1024 / (long)page;
        printf("child: number %d, copied %ld pages\n", (int)variable, copied);
        fflush(stdout);
        for (char c = 0; c != '\n' && read(0, &c, 1) == 1;)
            continue;
        _exit(EXIT_SUCCESS);
    }
    siginfo_t info;
    struct pollfd child = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    kill(pid, SIGUSR1);
    poll(&child, 1, -1);
    if (waitid(P_PIDFD, (id_t)child.fd, &info, WEXITED) == -1 || info.si_status != 0)
        errx(1, "the child failed");
    printf("parent: number %d\n", (int)variable);
    free(all);
    return 0;
}
