/*
 * copy.c - the new file is as long as it must be when its last byte has been written, with lseek(2); then
 * all other blocks are asked for. All is done in the directory of TO, which is opened first.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int directory = AT_FDCWD;
static char temporary[64];

static _Noreturn void leave(const char *call, const char *file)
{
    int why = errno;
    if (temporary[0] != '\0')
        unlinkat(directory, temporary, 0);
    errno = why;
    fprintf(stderr, "cannot %s ", call);
    errno = why;
    perror(file);
    exit(3);
}

// Opens the directory that the path names, and returns the last part of it.
static const char *enter(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return path;
    *slash = '\0';
    directory = open(slash == path ? "/" : path, O_DIRECTORY | O_PATH);
    *slash = '/';
    if (directory == -1)
        leave("open", path);
    return slash + 1;
}

int main(int argc, char **argv)
{
    struct stat status;
    if (argc != 3) {
        fprintf(stderr, "usage: %s FROM TO\n", argv[0]);
        return 2;
    }
    signal(SIGXFSZ, SIG_IGN);
    int from = open(argv[1], O_RDONLY | O_NOFOLLOW);
    if (from == -1 && errno == ELOOP)
        from = open(argv[1], O_RDONLY);
    if (from == -1)
        leave("open", argv[1]);
    if (fstat(from, &status) == -1)
        leave("stat", argv[1]);
    errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    if (!S_ISREG(status.st_mode))
        leave("copy", argv[1]);

    const char *name = enter(argv[2]);
    snprintf(temporary, sizeof temporary, ".%ld.tmp", (long)getpid());
    int to = openat(directory, temporary, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (to == -1) {
        temporary[0] = '\0';
        leave("make", argv[2]);
    }
    if (status.st_size > 0) {
        if (lseek(to, status.st_size - 1, SEEK_SET) == -1 || write(to, "", 1) != 1)
            leave("write", argv[2]);
        if ((errno = posix_fallocate(to, 0, status.st_size)) != 0)
            leave("fill", argv[2]);
        size_t size = (size_t)status.st_size;
        uint8_t *new = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0);
        if (new == MAP_FAILED)
            leave("mmap", argv[2]);
        const uint8_t *old = mmap(NULL, size, PROT_READ, MAP_SHARED, from, 0);
        if (old == MAP_FAILED)
            leave("mmap", argv[1]);
        for (size_t i = size; i-- > 0;)
            new[i] = old[i];
    }
    if (renameat(directory, temporary, directory, name) == -1)
        leave("rename", argv[2]);
    return 0;
}
