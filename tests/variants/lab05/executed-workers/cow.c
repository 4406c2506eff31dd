// cow.c - as many mappings as there are pages, beside each other. The child prints with write(2), and waits
// in fgets, the parent in wait4.
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char *pages[100000];
static int number = 1;

static long dirty(void)
{
    char *line = NULL;
    size_t size = 0;
    long kib = 0;
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    if (rollup == NULL)
        err(1, "smaps_rollup");
    while (getdelim(&line, &size, '\n', rollup) > 0 &&
           sscanf(line, "Private_Dirty: %ld", &kib) != 1)
        continue;
    free(line);
    fclose(rollup);
    return kib;
}

static _Noreturn void child(long writes, long page)
{
    char line[100];
    number = 2;
    long copied = dirty();
    for (long i = 0; i < writes; i++)
        pages[i][0] = '2';
    copied = (dirty() - copied) * 1024 / page;
    int size = snprintf(line, sizeof line, "child: number %d, copied %ld pages\n", number, copied);
    if (write(STDOUT_FILENO, line, (size_t)size) != size)
        err(1, "write");
    while (fgets(line, sizeof line, stdin) != NULL && strchr(line, '\n') == NULL)
        continue;
    _exit(0);
}

int main(int argc, char **argv)
{
    long count = 0, writes = -1, page = sysconf(_SC_PAGESIZE);
    char *end[2] = {"?", "?"};
    if (argc == 3) {
        count = strtol(argv[1], &end[0], 10);
        writes = strtol(argv[2], &end[1], 10);
    }
    if (*end[0] || *end[1] || end[1] == argv[2] || count < 1 || count > 100000 || writes < 0 ||
        writes > count)
        errx(1, "usage: cow PAGES WRITES");
    for (long i = 0; i < count; i++) {
        pages[i] =
            mmap(NULL, (size_t)page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages[i] == MAP_FAILED)
            err(1, "page %ld", i);
        pages[i][0] = '1';
    }
    int status;
    struct rusage usage;
    pid_t pid = fork();
    if (pid == 0)
        child(writes, page);
    if (pid == -1)
        err(1, "fork");
    if (wait4(pid, &status, 0, &usage) == -1 || status != 0)
        errx(1, "a child has to end well");
    printf("parent: number %d\n", number);
    return 0;
}
