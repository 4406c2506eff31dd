// copy.c - page by page, and the new file is made in a directory of its own beside TO, which goes away again.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *directory, *file;

static _Noreturn void stop(const char *what, const char *path, int why)
{
    if (file != NULL)
        unlink(file);
    if (directory != NULL)
        rmdir(directory);
    dprintf(STDERR_FILENO, "copy: %s %s: %s\n", what, path, strerror(why));
    exit(EXIT_FAILURE);
}

static void make_names(const char *to)
{
    char *name = NULL;
    if (asprintf(&name, "%s.XXXXXX", to) == -1)
        stop("asprintf", to, ENOMEM);
    if (mkdtemp(name) == NULL)
        stop("mkdtemp", to, errno);
    directory = name;
    if (asprintf(&name, "%s/new", directory) == -1)
        stop("asprintf", to, ENOMEM);
    file = name;
}

static void *map(int fd, int rights, size_t size, off_t at, const char *path)
{
    void *memory = mmap(NULL, size, rights, MAP_SHARED, fd, at);
    if (memory == MAP_FAILED)
        stop("mmap", path, errno);
    return memory;
}

int main(int argc, char **argv)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct stat info;
    if (argc != 3)
        stop("usage:", "copy FROM TO", EINVAL);
    signal(SIGXFSZ, SIG_IGN);
    int in = open(argv[1], O_RDONLY);
    if (in == -1)
        stop("open", argv[1], errno);
    if (fstat(in, &info) == -1 || !S_ISREG(info.st_mode))
        stop("read", argv[1], S_ISDIR(info.st_mode) ? EISDIR : EINVAL);
    make_names(argv[2]);
    int out = open(file, O_RDWR | O_CREAT, 0644), error = 0;
    if (out == -1)
        stop("open", argv[2], errno);
    if (info.st_size > 0 && (error = posix_fallocate(out, 0, info.st_size)) != 0)
        stop("posix_fallocate", argv[2], error);
    for (off_t at = 0; at < info.st_size; at += (off_t)page) {
        size_t size = info.st_size - at < (off_t)page ? (size_t)(info.st_size - at) : page;
        char *old = map(in, PROT_READ, page, at, argv[1]);
        char *new = map(out, PROT_READ | PROT_WRITE, page, at, argv[2]);
        memcpy(new, old, size);
        munmap(old, page);
        munmap(new, page);
    }
    if (rename(file, argv[2]) == -1)
        stop("rename", argv[2], errno);
    rmdir(directory);
    return EXIT_SUCCESS;
}
