// cow.c - pages that mmap has populated, and that get random bytes. The child looks at smaps_rollup through
// an open file that it reads anew, and waits in poll; stdio is not used for input.
#include <err.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

static long pages, writes, page;
static unsigned char *memory;
static int *variable;

static long measure(int fd)
{
    char text[4000], *at = text;
    ssize_t n, size = 0;
    while (size < 3999 && (n = pread(fd, text + size, (size_t)(3999 - size), size)) > 0)
        size += n;
    text[size] = '\0';
    if (strsep(&at, "\n") == NULL)
        return 0;
    for (char *line; (line = strsep(&at, "\n")) != NULL;)
        if (strncmp(line, "Private_Dirty:", 14) == 0)
            return strtol(line + 14, NULL, 10);
    return 0;
}

static void be_child(void)
{
    char c = '\0';
    int fd = open("/proc/self/smaps_rollup", O_RDONLY);
    if (fd == -1)
        err(1, "smaps_rollup");
    *variable = 2;
    long kib = measure(fd);
    for (long i = writes - 1; i >= 0; i--)
        memory[i * page + page / 2] ^= 1;
    kib = measure(fd) - kib;
    dprintf(1, "child: number %d, copied %ld pages\n", *variable, kib * 1024 / page);
    for (struct pollfd in = {.fd = 0, .events = POLLIN}; c != '\n';)
        if (poll(&in, 1, -1) == 1 && read(0, &c, 1) <= 0)
            break;
    _exit(0);
}

static long convert(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    return *text == '\0' || *end != '\0' ? LONG_MIN : value;
}

int main(int argc, char **argv)
{
    int status;
    pages = argc == 3 ? convert(argv[1]) : 0;
    writes = argc == 3 ? convert(argv[2]) : 0;
    if (pages < 1 || pages > 100000 || writes < 0 || writes > pages)
        errx(1, "usage: cow PAGES WRITES");
    page = sysconf(_SC_PAGESIZE);
    variable = malloc(sizeof *variable);
    memory = mmap(NULL, (size_t)(pages * page), PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED || variable == NULL)
        err(1, "no memory");
    *variable = 1;
    for (long i = 0; i < pages; i++)
        if (getrandom(memory + i * page, 16, 0) == -1)
            memory[i * page] = 1;
    pid_t pid = fork();
    if (pid == 0)
        be_child();
    if (pid == -1)
        err(1, "fork");
    if (waitpid(pid, &status, 0) != pid || status != 0)
        errx(1, "the child did not do well");
    dprintf(1, "parent: number %d\n", *variable);
    free(variable);
    return 0;
}
