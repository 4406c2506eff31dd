/*
 * record.c - see record.h.
 */
#include "record.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// The clock of `strace -ttt`.
static double now_since_1970(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int record_open(struct record *record, const char *directory, const char *test)
{
    char *path = NULL;
    if (asprintf(&record->directory, "%s/%d", directory, (int)getpid()) == -1 ||
        asprintf(&path, "%s/story", record->directory) == -1)
        return -1;
    if (mkdir(record->directory, 0700) == 0)
        record->story = fopen(path, "we");
    free(path);
    if (record->story == NULL)
        return -1;
    record_tell(record, "test", "%s", test);
    return 0;
}

void record_tell(struct record *record, const char *key, const char *format, ...)
{
    va_list args;
    if (record->story == NULL)
        return;
    fprintf(record->story, "%.6f %s ", record->time > 0 ? record->time : now_since_1970(), key);
    va_start(args, format);
    vfprintf(record->story, format, args);
    va_end(args);
    fputc('\n', record->story);
}

void record_begin(struct record *record, bool waits)
{
    record->time = waits ? 0 : now_since_1970();
}

static void copy(const char *from, const char *to)
{
    char bytes[1 << 16];
    size_t size;
    FILE *in = fopen(from, "re"), *out = in != NULL ? fopen(to, "we") : NULL;
    while (out != NULL && (size = fread(bytes, 1, sizeof bytes, in)) > 0)
        fwrite(bytes, 1, size, out);
    if (in != NULL)
        fclose(in);
    if (out != NULL)
        fclose(out);
}

void record_close(struct record *record, const char *scratch)
{
    DIR *directory = record->story != NULL ? opendir(scratch) : NULL;
    for (struct dirent *file; directory != NULL && (file = readdir(directory)) != NULL;) {
        char *from = NULL, *to = NULL, *dot = strrchr(file->d_name, '.');
        if (dot != NULL && strcmp(dot, ".trace") == 0 &&
            asprintf(&from, "%s/%s", scratch, file->d_name) > 0 &&
            asprintf(&to, "%s/%s", record->directory, file->d_name) > 0)
            copy(from, to);
        free(from);
        free(to);
    }
    if (directory != NULL)
        closedir(directory);
    if (record->story != NULL)
        fclose(record->story);
    free(record->directory);
    *record = (struct record){0};
}
