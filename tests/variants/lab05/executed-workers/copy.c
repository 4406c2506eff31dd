// copy.c - the other name is in TO's directory and has nothing of TO in it. FROM is mapped as a whole, the
// copy in windows that double their size.
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *name;

static void check(int good, int error, const char *path, const char *what)
{
    if (good)
        return;
    if (name != NULL)
        remove(name);
    errx(EXIT_FAILURE, "%s (%s): %s", path, what, strerror(error));
}

static char *choose_name(const char *to)
{
    char *copy = strdup(to), *chosen = NULL;
    check(copy != NULL && asprintf(&chosen, "%s/copyXXXXXX", dirname(copy)) != -1, ENOMEM, to, "?");
    free(copy);
    return chosen;
}

static void fill(int fd, const char *bytes, size_t size, const char *to)
{
    size_t window = (size_t)sysconf(_SC_PAGESIZE), at = 0;
    while (at < size) {
        size_t part = size - at < window ? size - at : window;
        char *memory = mmap(NULL, part, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)at);
        check(memory != MAP_FAILED, errno, to, "mmap");
        memcpy(memory, bytes + at, part);
        munmap(memory, part);
        at += part;
        // What is done so far is a power of two in pages.
        window = at;
    }
}

int main(int argc, char *argv[])
{
    struct stat info;
    if (argc != 3)
        errx(EXIT_FAILURE, "usage: copy FROM TO");
    signal(SIGXFSZ, SIG_IGN);
    int in = open(argv[1], O_RDONLY);
    check(in != -1, errno, argv[1], "open");
    check(fstat(in, &info) == 0, errno, argv[1], "fstat");
    check(S_ISREG(info.st_mode), EISDIR, argv[1], "not a regular file");
    char *chosen = choose_name(argv[2]);
    int out = mkstemp(chosen);
    check(out != -1, errno, argv[2], "mkstemp");
    name = chosen;
    if (info.st_size > 0) {
        int error = posix_fallocate(out, 0, info.st_size);
        check(error == 0, error, argv[2], "posix_fallocate");
        char *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, in, 0);
        check(bytes != MAP_FAILED, errno, argv[1], "mmap");
        fill(out, bytes, (size_t)info.st_size, argv[2]);
    }
    check(fchmod(out, info.st_mode & 07777) == 0, errno, argv[2], "fchmod");
    check(rename(name, argv[2]) == 0, errno, argv[2], "rename");
    free(chosen);
    return EXIT_SUCCESS;
}
