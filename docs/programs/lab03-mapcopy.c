/*
 * lab03-mapcopy.c - copies a file without read and write: both files are mapped into memory.
 *
 * Usage: mapcopy FROM TO
 *
 *     FROM   [ pages in the kernel's cache ] <-- source
 *                                                   | memcpy
 *     TO     [ pages in the kernel's cache ] <-- target
 *
 * MAP_SHARED is what makes the copy a file: what is written to a private mapping stays private.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *map(int fd, size_t size, int protection, const char *path)
{
    void *start = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
    if (start == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap %s", path);
    }
    close(fd); // the mapping does not need it any more
    return start;
}

int main(int argc, char *argv[])
{
    struct stat info;
    if (argc != 3) {
        errx(EXIT_FAILURE, "usage: mapcopy FROM TO");
    }
    int from = open(argv[1], O_RDONLY);
    if (from == -1 || fstat(from, &info) == -1) {
        err(EXIT_FAILURE, "%s", argv[1]);
    }
    int to = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0666);
    // A mapping can't make a file longer: it gets its size first. Beyond it there is only SIGBUS.
    if (to == -1 || ftruncate(to, info.st_size) == -1) {
        err(EXIT_FAILURE, "%s", argv[2]);
    }
    size_t size = (size_t)info.st_size;
    if (size > 0) { // mmap of nothing is EINVAL
        const void *source = map(from, size, PROT_READ, argv[1]);
        void *target = map(to, size, PROT_READ | PROT_WRITE, argv[2]);
        memcpy(target, source, size);
    }
    return EXIT_SUCCESS; // munmap comes with the end of the process
}
