/*
 * copy.c - a child does all the work, and the parent cleans up if the child could not do it, whatever it
 * died of. TO's other name is of mkostemp(3), whose permissions stay as they are.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void copy(int from, int to, const char *from_name, const char *to_name)
{
    struct stat info;
    if (fstat(from, &info) == -1)
        err(1, "%s", from_name);
    if (info.st_size == 0)
        return;
    size_t size = (size_t)info.st_size;
    if ((errno = posix_fallocate(to, 0, info.st_size)) != 0)
        err(1, "%s: room", to_name);
    char *memory[2] = {mmap(NULL, size, PROT_READ, MAP_SHARED, from, 0),
                       mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0)};
    for (int i = 0; i < 2; i++)
        if (memory[i] == MAP_FAILED)
            err(1, "%s: mmap", i == 0 ? from_name : to_name);
    mempcpy(memory[1], memory[0], size);
    if (munmap(memory[0], size) == -1 || munmap(memory[1], size) == -1 || fsync(to) == -1)
        err(1, "%s", to_name);
}

int main(int argc, char **argv)
{
    struct stat info;
    char *other;
    if (argc != 3)
        errx(1, "usage: %s FROM TO", argv[0]);
    int from = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (from == -1 || fstat(from, &info) == -1)
        err(1, "%s", argv[1]);
    if (!S_ISREG(info.st_mode))
        errx(1, "%s: no file with bytes in it", argv[1]);
    if (asprintf(&other, "%s-XXXXXX.new", argv[2]) == -1)
        err(1, "%s", argv[2]);
    int to = mkostemps(other, 4, O_CLOEXEC);
    if (to == -1)
        err(1, "%s", argv[2]);
    pid_t pid = fork();
    if (pid == 0) {
        copy(from, to, argv[1], argv[2]);
        _exit(0);
    }
    int status = 1;
    if (pid == -1)
        warn("%s: fork", argv[2]);
    else if (waitpid(pid, &status, 0) == -1)
        warn("%s: waitpid", argv[2]);
    if (pid != -1 && WIFSIGNALED(status))
        warnx("%s: %s", argv[2], strsignal(WTERMSIG(status)));
    if (status == 0 && rename(other, argv[2]) == -1) {
        warn("%s", argv[2]);
        status = 1;
    }
    if (status != 0)
        unlink(other);
    free(other);
    return status != 0;
}
