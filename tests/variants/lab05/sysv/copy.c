/*
 * copy.c - one piece of addresses for both files, reserved first: the first half shows FROM, the second
 * half the new file, whose name has the pid in it until it is whole. The bytes move by a loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char *other_name; // NULL as long as there is no file of that name

static _Noreturn void stop(int why, const char *path, const char *call)
{
    if (other_name != NULL)
        unlink(other_name);
    fprintf(stderr, "copy: %s failed for %s: %s\n", call, path, strerror(why));
    exit(2);
}

static void show(char *where, size_t size, int protection, int fd, const char *path)
{
    if (mmap(where, size, protection, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
        stop(errno, path, "mmap");
}

int main(int argc, char **argv)
{
    struct stat info, old;
    char *name = NULL;
    if (argc != 3) {
        fputs("copy FROM TO, and nothing else\n", stderr);
        return 2;
    }
    signal(SIGXFSZ, SIG_IGN);
    int from = open(argv[1], O_RDONLY);
    if (from == -1 || fstat(from, &info) == -1)
        stop(errno, argv[1], "open");
    if (!S_ISREG(info.st_mode))
        stop(S_ISDIR(info.st_mode) ? EISDIR : EINVAL, argv[1], "open");
    if (stat(argv[2], &old) == 0 && S_ISDIR(old.st_mode))
        stop(EISDIR, argv[2], "open");
    if (asprintf(&name, "%s+%d", argv[2], (int)getpid()) == -1)
        stop(errno, argv[2], "asprintf");
    int to = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (to == -1)
        stop(errno, argv[2], "open");
    other_name = name;

    size_t size = (size_t)info.st_size, page = (size_t)sysconf(_SC_PAGESIZE);
    size_t half = (size + page - 1) / page * page;
    if (size > 0) {
        int why = posix_fallocate(to, 0, info.st_size);
        if (why != 0)
            stop(why, argv[2], "posix_fallocate");
        char *both = mmap(NULL, 2 * half, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (both == MAP_FAILED)
            stop(errno, argv[1], "mmap");
        show(both, size, PROT_READ, from, argv[1]);
        show(both + half, size, PROT_READ | PROT_WRITE, to, argv[2]);
        for (size_t i = 0; i < size; i++)
            both[half + i] = both[i];
    }
    if (rename(other_name, argv[2]) == -1)
        stop(errno, argv[2], "rename");
    return 0;
}
