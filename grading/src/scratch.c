/*
 * scratch.c - see scratch.h.
 */
#include "scratch.h"

#include "text.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { OPEN_DIRECTORIES = 16 };

static char *path;

const char *scratch_make(void)
{
    const char *parent = getenv("TMPDIR");
    path = format_text("%s/grader.XXXXXX", parent != NULL && parent[0] == '/' ? parent : "/tmp");
    // Open to go through: programs of another user (unprivileged.h) work below it.
    if (mkdtemp(path) == NULL || chmod(path, 0711) == -1) {
        free(path);
        path = NULL;
    }
    return path;
}

const char *scratch_path(void)
{
    return path;
}

char *scratch_directory(const char *name)
{
    char *directory = format_text("%s/%s", path, name);
    if (mkdir(directory, 0711) == -1) {
        free(directory);
        return NULL;
    }
    return directory;
}

char *scratch_file(const char *name, const char *content)
{
    char *file_path = format_text("%s/%s", path, name);
    FILE *file = fopen(file_path, "we");
    if (file == NULL || fputs(content, file) == EOF || fclose(file) == EOF) {
        free(file_path);
        return NULL;
    }
    return file_path;
}

static int remove_one(const char *name, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)ftw;
    // A learner's program may have left a directory that nobody may enter.
    if (kind == FTW_DNR && (info->st_mode & 0700) != 0700 && chmod(name, 0700) == 0)
        nftw(name, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
    remove(name);
    return 0;
}

void remove_tree(const char *directory)
{
    nftw(directory, remove_one, OPEN_DIRECTORIES, FTW_DEPTH | FTW_PHYS);
}

void scratch_remove(void)
{
    if (path == NULL)
        return;
    remove_tree(path);
    free(path);
    path = NULL;
}
