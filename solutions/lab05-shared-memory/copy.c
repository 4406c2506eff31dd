/*
 * copy.c - copies a file by way of memory: two mappings, and a memcpy(3) from one to the other.
 *
 * Usage: copy FROM TO
 *
 *     FROM       [ page ][ page ][ pa ]              the file's pages, in the kernel
 *                    | mmap, to read
 *                    '---- memcpy ----.
 *                                     v mmap, shared: to write here is to write to the file
 *     TO.a1B2c3  [ page ][ page ][ pa ]    -- rename --> TO
 *
 * The copy gets its name when it is whole. Until then it is another file in the same directory, and
 * TO is what it was before.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// The name of the copy until it is whole; empty when there is no such file.
static char unfinished[PATH_MAX];

/*
 * To be called when a call on this file failed, with its errno: ends the program. No file of it stays
 * behind, and the message names call, file and reason.
 */
static _Noreturn void give_up(const char *call, const char *path)
{
    // Remove the unfinished copy, if there is one, unlink(2). That may change errno, so keep it for
    // err(3).
    // [step 3] TODO(3, call, path, unfinished);
    int error = errno;
    if (unfinished[0] != '\0') {
        unlink(unfinished);
    }
    errno = error;
    err(EXIT_FAILURE, "%s %s", call, path);
    // [/step 3]
}

// Opens a file and maps all of it, to read. NULL for an empty one: no bytes can't be mapped.
static const char *map_source(const char *path, struct stat *status)
{
    // open(2), fstat(2) for its size, mmap(2). Once it is mapped, the descriptor is not needed any
    // more. Each call that fails is a case for give_up; and so is what is no regular file.
    // [step 2] TODO(2, path, status, give_up);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        give_up("open", path);
    }
    if (fstat(fd, status) == -1) {
        give_up("fstat", path);
    }
    if (!S_ISREG(status->st_mode)) {
        errno = S_ISDIR(status->st_mode) ? EISDIR : EINVAL;
        give_up("open", path);
    }
    void *memory = NULL;
    if (status->st_size > 0) {
        memory = mmap(NULL, (size_t)status->st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (memory == MAP_FAILED) {
        give_up("mmap", path);
    }
    close(fd);
    return memory;
    // [/step 2]
}

// Makes the unfinished copy beside `path`, with the permissions that the copy is to have.
static int open_target(const char *path, mode_t mode)
{
    int size = snprintf(unfinished, sizeof unfinished, "%s.XXXXXX", path);
    int fd = -1;
    if (size >= (int)sizeof unfinished) {
        errno = ENAMETOOLONG;
    } else {
        fd = mkstemp(unfinished);
    }
    if (fd == -1) {
        unfinished[0] = '\0';
        give_up("open", path);
    }
    if (fchmod(fd, mode & 0777) == -1) {
        give_up("fchmod", path);
    }
    return fd;
}

// Puts the bytes into the file.
static void fill_target(int fd, const char *path, const char *source, size_t size)
{
    // The file must be as long as the mapping before anybody writes there: behind its end there is
    // no page to write to, and SIGBUS ends who tries. ftruncate(2) makes it long; posix_fallocate(3)
    // also finds the room, now and not in the midst of memcpy. MAP_SHARED: what is written is the
    // file's, and no copy of ours.
    // [step 2] TODO(2, fd, path, source, size);
    if (size == 0) {
        return;
    }
    errno = posix_fallocate(fd, 0, (off_t)size); // it returns the error, and leaves errno alone
    if (errno != 0) {
        give_up("posix_fallocate", path);
    }
    void *target = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (target == MAP_FAILED) {
        give_up("mmap", path);
    }
    memcpy(target, source, size);
    munmap(target, size);
    // [/step 2]
}

int main(int argc, char *argv[])
{
    if (argc != 3) {
        errx(EXIT_FAILURE, "usage: copy FROM TO");
    }
    struct stat status;
    const char *source = map_source(argv[1], &status);
    int fd = open_target(argv[2], status.st_mode);
    fill_target(fd, argv[2], source, (size_t)status.st_size);
    if (close(fd) == -1) {
        give_up("close", argv[2]);
    }
    if (rename(unfinished, argv[2]) == -1) {
        give_up("rename", argv[2]);
    }
    return EXIT_SUCCESS;
}
