// copy.c - the old TO is linked to nothing until the last moment: it is exchanged with the new one, and the
// old one removed. The copy is moved by what the kernel has for iovecs, from memory to memory.
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char other[4096 + 32];
static int made;

static _Noreturn void fail(const char *path, const char *call)
{
    int error = errno;
    if (made)
        unlink(other);
    errno = error;
    err(EXIT_FAILURE, "%s: %s", path, call);
}

static void move(void *to, void *from, size_t size, const char *path)
{
    for (size_t done = 0; done < size;) {
        struct iovec local = {(char *)to + done, size - done};
        struct iovec remote = {(char *)from + done, size - done};
        ssize_t n = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
        if (n <= 0)
            fail(path, "process_vm_readv");
        done += (size_t)n;
    }
}

int main(int argc, char **argv)
{
    struct stat info;
    if (argc != 3)
        errx(EXIT_FAILURE, "usage: copy FROM TO");
    signal(SIGXFSZ, SIG_IGN);
    int from = open(argv[1], O_RDONLY);
    if (from == -1 || fstat(from, &info) == -1)
        fail(argv[1], "open");
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        fail(argv[1], "open");
    }
    if (snprintf(other, sizeof other, "%s.%lx", argv[2], (long)getpid()) >= (int)sizeof other) {
        errno = ENAMETOOLONG;
        fail(argv[2], "open");
    }
    int to = open(other, O_RDWR | O_CREAT | O_EXCL, 0644);
    if (to == -1)
        fail(argv[2], "open");
    made = 1;
    size_t size = (size_t)info.st_size;
    if (size > 0) {
        if ((errno = posix_fallocate(to, 0, info.st_size)) != 0)
            fail(argv[2], "posix_fallocate");
        void *source = mmap(NULL, size, PROT_READ, MAP_PRIVATE, from, 0);
        if (source == MAP_FAILED)
            fail(argv[1], "mmap");
        void *target = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0);
        if (target == MAP_FAILED)
            fail(argv[2], "mmap");
        move(target, source, size, argv[2]);
    }
    if (renameat2(AT_FDCWD, other, AT_FDCWD, argv[2], RENAME_NOREPLACE) == 0)
        return EXIT_SUCCESS;
    struct stat old;
    if (stat(argv[2], &old) == 0 && S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        fail(argv[2], "rename");
    }
    if (renameat2(AT_FDCWD, other, AT_FDCWD, argv[2], RENAME_EXCHANGE) == -1 &&
        rename(other, argv[2]) == -1)
        fail(argv[2], "rename");
    unlink(other);
    return EXIT_SUCCESS;
}
