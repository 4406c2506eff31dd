/*
 * lab05-behind.c - writes to a mapped file, in front of its end, behind it, and far behind it.
 *
 * Usage: lab05-behind FILE
 *
 *     the file      [ 6000 bytes           ]
 *     the mapping   [ page 0     ][ page 1     ][ page 2     ]    then nothing
 *
 * Each write is a child's, as it may be the end of who writes.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 6000, PAGES = 3 };

static int fd;
static char *memory;

static void try_write(long at, const char *where)
{
    char byte = 0;
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        memory[at] = 'x';
        _exit(EXIT_SUCCESS);
    }
    if (pid == -1 || waitpid(pid, &status, 0) == -1) {
        err(EXIT_FAILURE, "no child");
    }
    printf("byte %5ld, %-28s ", at, where);
    if (WIFSIGNALED(status)) {
        puts(strsignal(WTERMSIG(status)));
    } else if (pread(fd, &byte, 1, at) == 1 && byte == 'x') {
        puts("written, and in the file");
    } else {
        puts("written, and not in the file");
    }
    fflush(stdout);
}

int main(int argc, char *argv[])
{
    if (argc != 2) {
        errx(EXIT_FAILURE, "usage: lab05-behind FILE");
    }
    fd = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd == -1 || ftruncate(fd, SIZE) == -1) {
        err(EXIT_FAILURE, "%s", argv[1]);
    }
    // One page more, and away with it: behind the mapping there is surely none.
    long page = sysconf(_SC_PAGESIZE), end = PAGES * page;
    memory = mmap(NULL, (size_t)(end + page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap %s", argv[1]);
    }
    munmap(memory + end, (size_t)page);

    try_write(SIZE - 1, "the file's last");
    try_write(SIZE, "behind it, in the same page");
    try_write(2 * page, "in a page behind it");
    try_write(end, "behind the mapping");
    return EXIT_SUCCESS;
}
