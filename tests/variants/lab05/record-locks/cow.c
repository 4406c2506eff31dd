// cow.c - memory of posix_memalign; the parent learns from a pipe that the child has ended. One byte of
// each page is written to with a store that the compiler may not drop.
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile unsigned char *memory;
static unsigned number = 1;
static size_t page_size;

static size_t dirty_bytes(void)
{
    size_t kib = 0, room = 0;
    char *line = NULL;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    while (file != NULL && getline(&line, &room, file) != -1)
        if (strncmp(line, "Private_Dirty:", 14) == 0)
            kib = strtoull(line + 14, NULL, 10);
    free(line);
    if (file != NULL)
        fclose(file);
    return kib << 10;
}

static void write_to(size_t first, size_t last, unsigned char what)
{
    for (size_t i = first; i < last; i++)
        memory[i * page_size + i % page_size] = what;
}

static bool read_number(const char *text, size_t *value, size_t least, size_t most)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return false;
    uintmax_t all = strtoumax(text, &end, 10);
    *value = (size_t)all;
    return *end == '\0' && all >= least && all <= most;
}

int main(int argc, char **argv)
{
    size_t pages, writes;
    void *room;
    int ends[2], status = 1;
    char byte;
    page_size = (size_t)sysconf(_SC_PAGESIZE);
    if (argc != 3 || !read_number(argv[1], &pages, 1, 100000) ||
        !read_number(argv[2], &writes, 0, pages))
        errx(1, "usage: cow PAGES WRITES");
    if (posix_memalign(&room, page_size, pages * page_size) != 0 || pipe(ends) == -1)
        errx(1, "no room");
    memory = room;
    write_to(0, pages, 1);
    pid_t child = fork();
    if (child < 0)
        err(1, "fork");
    if (child == 0) {
        close(ends[0]);
        number *= 2;
        size_t then = dirty_bytes();
        write_to(0, writes, 2);
        size_t now = dirty_bytes();
        printf("child: number %u, copied %zu pages\n", number, (now - then) / page_size);
        fflush(stdout);
        while (read(STDIN_FILENO, &byte, 1) > 0 && byte != '\n')
            continue;
        _exit(0);
    }
    close(ends[1]);
    while (read(ends[0], &byte, 1) > 0)
        continue;
    printf("parent: number %u\n", number);
    waitpid(child, &status, 0);
    free(room);
    return status != 0;
}
