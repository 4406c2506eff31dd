/*
 * cow.c - the pages are malloc'ed, the child reads /proc/self/smaps_rollup with open(2) and read(2), and
 * its input with read(2) too. The variable is in main's frame, and the parent waits with waitid(2).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static long long dirty(void)
{
    static const char label[] = "\nPrivate_Dirty:";
    char text[4096];
    size_t size = 0;
    ssize_t n;
    int fd = open("/proc/self/smaps_rollup", O_RDONLY);
    if (fd == -1)
        err(1, "smaps_rollup");
    while ((n = read(fd, text + size, sizeof text - 1 - size)) > 0)
        size += (size_t)n;
    close(fd);
    text[size] = '\0';
    char *line = strstr(text, label);
    return line == NULL ? 0 : atoll(line + strlen(label));
}

static long number(const char *text, long least, long most)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *text == '\0' || *end != '\0' || value < least || value > most)
        errx(1, "%s should be from %ld to %ld", text, least, most);
    return value;
}

int main(int argc, char **argv)
{
    volatile int variable = 1;
    char c;
    if (argc != 3)
        errx(1, "which numbers? cow PAGES WRITES");
    long pages = number(argv[1], 1, 100000), writes = number(argv[2], 0, pages);
    size_t page = (size_t)getpagesize();
    char *memory = malloc((size_t)pages * page);
    if (memory == NULL)
        err(1, "malloc");
    memset(memory, 'x', (size_t)pages * page);

    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        variable = 2;
        long long before = dirty();
        for (long i = 0; i < writes; i++)
            memory[(size_t)i * page] = 'y';
        long long grown = (dirty() - before) * 1024 / (long long)page;
        dprintf(STDOUT_FILENO, "child: number %d, copied %lld pages\n", variable, grown);
        while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
            continue;
        free(memory);
        return 0;
    }
    siginfo_t how;
    if (waitid(P_PID, (id_t)pid, &how, WEXITED) == -1)
        err(1, "waitid");
    dprintf(STDOUT_FILENO, "parent: number %d\n", variable);
    free(memory);
    return how.si_code == CLD_EXITED ? how.si_status : 1;
}
