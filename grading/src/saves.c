/*
 * saves.c - see saves.h.
 */
#include "saves.h"

#include "text.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

// What makes a program. Editors save to other names first.
static bool is_source(const char *name)
{
    size_t size = strlen(name);
    return name[0] != '.' && size > 2 && name[size - 2] == '.' &&
           (name[size - 1] == 'c' || name[size - 1] == 'h');
}

// Are its files another machine's (statfs(2))? WSL sees Windows' files by 9p.
static bool is_remote(const char *directory)
{
    static const unsigned long types[] = {NFS_SUPER_MAGIC,  SMB_SUPER_MAGIC, SMB2_SUPER_MAGIC,
                                          CIFS_SUPER_MAGIC, V9FS_MAGIC,      FUSE_SUPER_MAGIC,
                                          CEPH_SUPER_MAGIC, AFS_SUPER_MAGIC, CODA_SUPER_MAGIC,
                                          0x786f4256 /* VirtualBox's shared folders */};
    struct statfs info;
    if (statfs(directory, &info) == -1)
        return true;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if ((uint32_t)info.f_type == types[i])
            return true;
    return false;
}

// --- By looking ---------------------------------------------------------------------------------

static uint64_t mix(uint64_t sum, uint64_t number)
{
    return (sum ^ number) * 1099511628211u; // FNV-1a
}

// Another number when a source has come, gone or changed.
static uint64_t look_at(const char *directory)
{
    uint64_t all = 0;
    DIR *entries = opendir(directory);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        struct stat info;
        if (!is_source(entry->d_name) || fstatat(dirfd(entries), entry->d_name, &info, 0) == -1)
            continue;
        uint64_t one = 14695981039346656037u;
        for (const char *c = entry->d_name; *c != '\0'; c++)
            one = mix(one, (unsigned char)*c);
        one = mix(one, (uint64_t)info.st_ino);
        one = mix(one, (uint64_t)info.st_size);
        one = mix(one, (uint64_t)info.st_mtim.tv_sec);
        one = mix(one, (uint64_t)info.st_mtim.tv_nsec);
        all += one; // whatever the order
    }
    if (entries != NULL)
        closedir(entries);
    return all;
}

static long take_by_looking(struct saves *saves)
{
    long news = -1;
    for (size_t i = 0; i < saves->count; i++) {
        uint64_t now = look_at(saves->directory[i]);
        if (now != saves->seen[i])
            news = (long)i;
        saves->seen[i] = now;
    }
    return news;
}

// --- By inotify ---------------------------------------------------------------------------------

static long find_watch(const struct saves *saves, const struct inotify_event *event)
{
    for (size_t i = 0; i < saves->count; i++)
        if (saves->watch[i] == event->wd && event->len > 0 && is_source(event->name))
            return (long)i;
    return -1;
}

static long take_by_inotify(struct saves *saves)
{
    _Alignas(struct inotify_event) char bytes[4096];
    long news = -1;
    ssize_t n;
    while ((n = read(saves->fd, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const void *)(bytes + at);
            long found = find_watch(saves, event);
            news = found != -1 ? found : news;
            at += (ssize_t)(sizeof *event + event->len);
        }
    return news;
}

static bool watch_all(struct saves *saves)
{
    for (size_t i = 0; i < saves->count; i++) {
        saves->watch[i] = inotify_add_watch(saves->fd, saves->directory[i],
                                            IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                                IN_DELETE | IN_ONLYDIR);
        if (saves->watch[i] == -1 || is_remote(saves->directory[i]))
            return false;
    }
    return true;
}

// --- Either -------------------------------------------------------------------------------------

void saves_open(struct saves *saves, const char **directory, size_t count, bool polls)
{
    *saves = (struct saves){.directory = directory, .count = count, .fd = -1};
    saves->watch = grow(NULL, count + 1, sizeof *saves->watch);
    saves->seen = grow(NULL, count + 1, sizeof *saves->seen);
    if (!polls)
        saves->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (saves->fd != -1 && !watch_all(saves)) {
        close(saves->fd);
        saves->fd = -1;
    }
    for (size_t i = 0; i < count; i++)
        saves->seen[i] = look_at(directory[i]);
}

long saves_take(struct saves *saves)
{
    return saves->fd != -1 ? take_by_inotify(saves) : take_by_looking(saves);
}

void saves_close(struct saves *saves)
{
    if (saves->fd != -1)
        close(saves->fd);
    free(saves->watch);
    free(saves->seen);
    *saves = (struct saves){.fd = -1};
}
