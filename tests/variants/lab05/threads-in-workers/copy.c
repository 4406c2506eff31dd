// copy.c - FROM itself is refused as TO. Both mappings are there before the new file is long, and a file
// that was replaced keeps its permissions.
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *half_done;

static void clean_up(void)
{
    if (half_done != NULL)
        unlink(half_done);
    free(half_done);
}

int main(int argc, char **argv)
{
    struct stat old, replaced;
    void *source = NULL, *target = NULL;
    if (argc != 3)
        errx(EXIT_FAILURE, "usage: copy FROM TO");
    signal(SIGXFSZ, SIG_IGN);
    atexit(clean_up);
    int in = open(argv[1], O_RDONLY);
    if (in == -1 || fstat(in, &old) == -1)
        err(EXIT_FAILURE, "open(\"%s\")", argv[1]);
    if (S_ISDIR(old.st_mode) || S_ISFIFO(old.st_mode) || S_ISCHR(old.st_mode))
        errx(EXIT_FAILURE, "%s: such a thing is not copied", argv[1]);
    bool exists = stat(argv[2], &replaced) == 0;
    if (exists && replaced.st_ino == old.st_ino && replaced.st_dev == old.st_dev)
        errx(EXIT_FAILURE, "%s and %s: the same file", argv[1], argv[2]);

    char *name = malloc(strlen(argv[2]) + 20);
    if (name == NULL)
        err(EXIT_FAILURE, "malloc");
    sprintf(name, "%s.%d", argv[2], (int)getpid());
    int out = open(name, O_RDWR | O_CREAT | O_EXCL, exists ? replaced.st_mode & 0777 : 0666);
    if (out == -1)
        err(EXIT_FAILURE, "open(\"%s\")", argv[2]);
    half_done = name;
    size_t size = (size_t)old.st_size;
    if (size > 0) {
        target = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, out, 0);
        if (target == MAP_FAILED)
            err(EXIT_FAILURE, "mmap(\"%s\")", argv[2]);
        source = mmap(NULL, size, PROT_READ, MAP_SHARED, in, 0);
        if (source == MAP_FAILED)
            err(EXIT_FAILURE, "mmap(\"%s\")", argv[1]);
        errno = posix_fallocate(out, 0, old.st_size);
        if (errno != 0)
            err(EXIT_FAILURE, "posix_fallocate(\"%s\")", argv[2]);
        memcpy(target, source, size);
    }
    if (rename(name, argv[2]) == -1)
        err(EXIT_FAILURE, "rename(\"%s\")", argv[2]);
    half_done = NULL;
    free(name);
    return EXIT_SUCCESS;
}
