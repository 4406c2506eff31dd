/*
 * lab03-cow.c - copy on write: of 16 MiB, how much is a process's own, and how much does it share?
 *
 * Usage: cow
 */
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 16 << 20 };
static char *block;

/* Looks the block up among the mappings of this process, proc(5), and says whose its pages are. */
static void tell(const char *who)
{
    char line[512];
    uintptr_t from, to, start = (uintptr_t)block;
    long kib, shared = 0, own = 0;
    bool inside = false;
    FILE *maps = fopen("/proc/self/smaps", "re");
    if (maps == NULL) {
        err(EXIT_FAILURE, "/proc/self/smaps");
    }
    while (fgets(line, sizeof line, maps) != NULL) {
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) == 2) {
            inside = from <= start && start < to; // a mapping begins
        } else if (inside && sscanf(line, "Shared_%*[^:]: %ld", &kib) == 1) {
            shared += kib;
        } else if (inside && sscanf(line, "Private_%*[^:]: %ld", &kib) == 1) {
            own += kib;
        }
    }
    fclose(maps);
    printf("%-28s  shared %5ld kB  own %5ld kB\n", who, shared, own);
    fflush(stdout);
}

int main(void)
{
    block = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap");
    }
    madvise(block, SIZE, MADV_NOHUGEPAGE); // pages of 4 KiB, to see them copied one by one
    memset(block, 'p', SIZE);
    tell("parent, has written all");
    pid_t pid = fork();
    if (pid == 0) {
        tell("child, has written nothing");
        memset(block, 'c', SIZE / 4);
        tell("child, has written a quarter");
        _exit(EXIT_SUCCESS);
    }
    if (pid == -1 || waitpid(pid, NULL, 0) == -1) {
        err(EXIT_FAILURE, "no child");
    }
    tell("parent, child has ended");
    return EXIT_SUCCESS;
}
