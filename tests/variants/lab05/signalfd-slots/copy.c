/*
 * copy.c - the new file has no name until it is whole: open(2) with O_TMPFILE. A link gives it one, and
 * rename(2) the right one. Where there are no such files, it has the other name from the beginning.
 */
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

static const char *from_name, *to_name;
static char *other_name; // NULL as long as there is no file of that name

static void on_exit_remove(void)
{
    if (other_name != NULL)
        unlink(other_name);
}

static void want(int good, const char *path, const char *call)
{
    if (!good) {
        int why = errno;
        fprintf(stderr, "%s: %s: %s\n", path, call, strerror(why));
        exit(EXIT_FAILURE);
    }
}

static char *make_name(void)
{
    char *name = NULL;
    want(asprintf(&name, "%s~%d", to_name, (int)getpid()) > 0, to_name, "asprintf");
    return name;
}

static int open_nameless(void)
{
    char *copy = strdup(to_name);
    want(copy != NULL, to_name, "strdup");
    int fd = open(dirname(copy), O_TMPFILE | O_RDWR, 0666);
    free(copy);
    if (fd == -1 && errno == EOPNOTSUPP) {
        char *name = make_name();
        fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0666);
        want(fd != -1, to_name, "open");
        other_name = name;
    }
    want(fd != -1, to_name, "open");
    return fd;
}

int main(int argc, char **argv)
{
    struct stat info, old;
    if (argc != 3) {
        fputs("copy FROM TO, and nothing else\n", stderr);
        return EXIT_FAILURE;
    }
    signal(SIGXFSZ, SIG_IGN);
    atexit(on_exit_remove);
    from_name = argv[1];
    to_name = argv[2];
    int from = open(from_name, O_RDONLY);
    want(from != -1 && fstat(from, &info) == 0, from_name, "open");
    errno = EISDIR;
    want(!S_ISDIR(info.st_mode), from_name, "copy");
    size_t size = (size_t)info.st_size;
    int to = open_nameless();
    if (size > 0) {
        errno = posix_fallocate(to, 0, info.st_size);
        want(errno == 0, to_name, "no room");
        void *source = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, from, 0);
        want(source != MAP_FAILED, from_name, "mmap");
        void *target = mmap(NULL, size, PROT_WRITE, MAP_SHARED, to, 0);
        want(target != MAP_FAILED, to_name, "mmap");
        memcpy(target, source, size);
        want(msync(target, size, MS_SYNC) == 0, to_name, "msync");
    }
    if (other_name == NULL) {
        char link[64], *name = make_name();
        snprintf(link, sizeof link, "/proc/self/fd/%d", to);
        want(linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0, to_name, "linkat");
        other_name = name;
    }
    errno = EISDIR;
    want(stat(to_name, &old) == -1 || !S_ISDIR(old.st_mode), to_name, "rename");
    want(rename(other_name, to_name) == 0, to_name, "rename");
    other_name = NULL;
    return EXIT_SUCCESS;
}
