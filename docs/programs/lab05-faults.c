/*
 * lab05-faults.c - who copies a page after fork(2), and when? It counts the page faults: how often
 * the kernel had to step in because of a read or a write to memory, getrusage(2).
 *
 * Usage: lab05-faults
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES = 300 };

static volatile char *memory;
static long page;

static long count_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

// Touches each of the pages, and tells what it took.
static void touch(const char *what, char byte)
{
    long before = count_faults();
    for (long i = 0; i < PAGES; i++) {
        if (byte != 0) {
            memory[i * page] = byte;
        } else {
            (void)memory[i * page]; // volatile: it is read, though nobody wants it
        }
    }
    long faults = count_faults() - before;
    printf("%-32s %3ld page faults\n", what, faults);
    fflush(stdout);
}

int main(void)
{
    page = sysconf(_SC_PAGESIZE);
    size_t size = (size_t)(PAGES * page);
    void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap");
    }
    madvise(start, size, MADV_NOHUGEPAGE); // else the kernel may deal with 512 of them at once
    memory = start;
    touch("parent writes, the first time", 1);
    touch("parent writes again", 1);
    pid_t pid = fork();
    if (pid == 0) {
        touch("child reads", 0);
        touch("child writes", 2);
        touch("child writes again", 2);
        _exit(EXIT_SUCCESS);
    }
    if (pid == -1 || waitpid(pid, NULL, 0) == -1) {
        err(EXIT_FAILURE, "no child");
    }
    touch("parent writes, child has ended", 1);
    return EXIT_SUCCESS;
}
