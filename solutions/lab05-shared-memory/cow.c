/*
 * cow.c - what a child has of its parent's memory after fork(2): all of it, until one of them writes.
 *
 * Usage: cow PAGES WRITES
 *
 *     parent   number 1   [ page 0 ] [ page 1 ] [ page 2 ]   PAGES of them, written before fork
 *                              |          |          |       after fork, both have the same pages
 *     child    number 2   [ a copy ] [ a copy ]      '       after WRITES writes: copy on write
 *
 * fork copies no page, only the table that says where they are. The kernel lets nobody write to a
 * page that two processes have: who tries gets a copy of it first, and notices nothing. How many
 * there were stands in /proc/self/smaps_rollup. The child stays until its input ends, so that you
 * can look at both from outside.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGES_MAX = 100000 };

static int number = 1;

// How many pages this process has written to, and shares with no other.
static long count_private_pages(void)
{
    long kib = 0;

    // Find the line `Private_Dirty:    1234 kB` in /proc/self/smaps_rollup, proc(5). A page has
    // sysconf(_SC_PAGESIZE) bytes.
    // [step 1] TODO(1, kib);
    FILE *file = fopen("/proc/self/smaps_rollup", "re");
    if (file == NULL) {
        err(EXIT_FAILURE, "fopen /proc/self/smaps_rollup");
    }
    char line[128];
    while (fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "Private_Dirty: %ld kB", &kib);
    }
    fclose(file);
    // [/step 1]
    return kib * 1024 / sysconf(_SC_PAGESIZE);
}

// What the child does: writes, tells what it cost, and waits until nobody wants to look any more.
static _Noreturn void be_the_child(char *memory, long page, long writes)
{
    // Set number to 2. Write a byte to each of the first pages, count the private pages before and
    // after, and print the line, flushed: `child: number 2, copied 300 pages`.
    // [step 1] TODO(1, number, memory, page, writes, count_private_pages);
    number = 2;
    long before = count_private_pages();
    for (long i = 0; i < writes; i++) {
        memory[i * page] = 2;
    }
    long copied = count_private_pages() - before;
    printf("child: number %d, copied %ld pages\n", number, copied);
    fflush(stdout);
    // [/step 1]

    for (int c = getchar(); c != EOF && c != '\n';) {
        c = getchar();
    }
    _exit(EXIT_SUCCESS);
}

// Memory of this process alone, and all of it really there: a page that nobody wrote to is none yet.
static char *make_pages(long pages, long page)
{
    size_t size = (size_t)(pages * page);
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap of %ld pages", pages);
    }
    for (long i = 0; i < pages; i++) {
        memory[i * page] = 1;
    }
    return memory;
}

// A whole number from `least` to `most`. Anything else ends the program.
static long take_number(const char *text, long least, long most)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < least || value > most) {
        errx(EXIT_FAILURE, "%s is no number from %ld to %ld\nusage: cow PAGES WRITES", text, least,
             most);
    }
    return value;
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        errx(EXIT_FAILURE, "usage: cow PAGES WRITES");
    }
    long pages = take_number(argv[1], 1, PAGES_MAX), writes = take_number(argv[2], 0, pages);
    long page = sysconf(_SC_PAGESIZE);
    char *memory = make_pages(pages, page);

    // Fork. The child does its part; the parent waits for its end, waitpid(2), and prints its own
    // line: `parent: number 1`. Without a child, or when that failed, this program fails too.
    // [step 1] TODO(1, memory, page, writes, be_the_child);
    pid_t pid = fork();
    if (pid == -1) {
        err(EXIT_FAILURE, "fork");
    }
    if (pid == 0) {
        be_the_child(memory, page, writes);
    }
    int status;
    if (waitpid(pid, &status, 0) == -1) {
        err(EXIT_FAILURE, "waitpid");
    }
    printf("parent: number %d\n", number);
    return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    // [/step 1]
}
