/*
 * copy.c - window by window: sixteen pages of both files are mapped at a time. The new file is made
 * long by ftruncate(2), which finds no room; when there is none, a page that is written to brings
 * SIGBUS, and its handler ends the program. Until it is whole, the copy's name is TO.part.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char part[PATH_MAX + 8];
static sigjmp_buf no_room;

static void on_bus_error(int sig)
{
    siglongjmp(no_room, sig);
}

static int fail(const char *call, const char *path)
{
    fprintf(stderr, "copy: %s: %s: %s\n", path, call, strerror(errno));
    if (part[0] != '\0')
        unlink(part);
    return EXIT_FAILURE;
}

// Maps this window of both, and copies. Returns the path that could not be mapped, NULL for none.
static const char *copy_window(int from, int to, off_t at, size_t size, char **path)
{
    void *source = mmap(NULL, size, PROT_READ, MAP_SHARED, from, at);
    if (source == MAP_FAILED)
        return path[1];
    void *target = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, to, at);
    if (target == MAP_FAILED)
        return path[2];
    memmove(target, source, size);
    munmap(source, size);
    munmap(target, size);
    return NULL;
}

int main(int argc, char **argv)
{
    struct stat info;
    if (argc != 3) {
        fputs("usage: copy FROM TO\n", stderr);
        return EXIT_FAILURE;
    }
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGBUS, on_bus_error);
    int from = open(argv[1], O_RDONLY);
    if (from == -1 || fstat(from, &info) == -1)
        return fail("open", argv[1]);
    if (!S_ISREG(info.st_mode)) {
        errno = EISDIR;
        return fail("no regular file", argv[1]);
    }
    snprintf(part, sizeof part, "%.*s.part", PATH_MAX, argv[2]);
    int to = open(part, O_RDWR | O_CREAT | O_EXCL, 0666);
    if (to == -1) {
        part[0] = '\0';
        return fail("open", argv[2]);
    }
    if (ftruncate(to, info.st_size) == -1)
        return fail("ftruncate", argv[2]);
    if (sigsetjmp(no_room, 1) != 0) {
        errno = ENOSPC;
        return fail("SIGBUS", argv[2]);
    }
    const off_t window = 16 * sysconf(_SC_PAGESIZE);
    for (off_t at = 0; at < info.st_size; at += window) {
        off_t size = info.st_size - at < window ? info.st_size - at : window;
        const char *path = copy_window(from, to, at, (size_t)size, argv);
        if (path != NULL)
            return fail("mmap", path);
    }
    if (close(to) == -1)
        return fail("close", argv[2]);
    if (rename(part, argv[2]) == -1)
        return fail("rename", argv[2]);
    return EXIT_SUCCESS;
}
