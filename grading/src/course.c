/*
 * course.c - see course.h.
 */
#include "course.h"

#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ROOT/build/grading/grader -> ROOT
static char *find_root(void)
{
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size == -1)
        return NULL;
    path[size] = '\0';
    for (int level = 0; level < 3; level++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return NULL;
        *slash = '\0';
    }
    return copy_text(path[0] == '\0' ? "/" : path);
}

// The value of `lab03.links := lab01 lab00` in the lab's make fragment. malloc'ed.
static char *read_links(const char *root, const char *name)
{
    char *path = format_text("%s/grading/%s/lab.mk", root, name);
    char *wanted = format_text("%s.links", name);
    char *links = NULL, *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");

    while (file != NULL && links == NULL && getline(&line, &size, file) != -1) {
        size_t start = strspn(line, " \t");
        if (strncmp(line + start, wanted, strlen(wanted)) != 0)
            continue;
        char *value = line + start + strlen(wanted);
        value += strspn(value, " \t:?=");
        value[strcspn(value, "#\n")] = '\0';
        links = copy_text(value);
    }
    if (file != NULL)
        fclose(file);
    free(line);
    free(wanted);
    free(path);
    return links != NULL ? links : copy_text("");
}

static int is_lab(const struct dirent *entry)
{
    const char *name = entry->d_name;
    return strncmp(name, "lab", 3) == 0 && name[3 + strspn(name + 3, "0123456789")] == '-' &&
           name[3] != '-';
}

int course_find(struct course *course, char **error)
{
    struct dirent **entry;

    *course = (struct course){.root = find_root()};
    const char *root = course->root == NULL ? "" : course->root;
    char *tree = format_text("%s/solutions", root);
    if (access(tree, F_OK) == -1) { // the learners' copy has none
        free(tree);
        tree = format_text("%s/labs", root);
    }
    int count = scandir(tree, &entry, is_lab, alphasort);
    if (count <= 0) {
        *error =
            format_text("%s: %s", tree, count == 0 ? "there are no labs here" : strerror(errno));
        free(tree);
        return -1;
    }
    free(tree);
    course->lab = grow(NULL, (size_t)count, sizeof *course->lab);
    for (int i = 0; i < count; i++) {
        struct lab *lab = &course->lab[course->count++];
        lab->directory = copy_text(entry[i]->d_name);
        lab->name = format_text("%.*s", (int)strcspn(lab->directory, "-"), lab->directory);
        lab->links = read_links(course->root, lab->name);
        free(entry[i]);
    }
    free(entry);
    return 0;
}

void course_free(struct course *course)
{
    for (size_t i = 0; i < course->count; i++) {
        free(course->lab[i].name);
        free(course->lab[i].directory);
        free(course->lab[i].links);
    }
    free(course->lab);
    free(course->root);
    *course = (struct course){0};
}

// 3, 03 and lab03 are the same number; -1 for a name without one
static long lab_number(const char *name)
{
    if (strncmp(name, "lab", 3) == 0)
        name += 3;
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || digits > 4 || name[digits] != '\0')
        return -1;
    return strtol(name, NULL, 10);
}

const struct lab *course_lab(const struct course *course, const char *name)
{
    for (size_t i = 0; i < course->count; i++) {
        const struct lab *lab = &course->lab[i];
        if (strcmp(name, lab->directory) == 0 ||
            (lab_number(name) >= 0 && lab_number(name) == lab_number(lab->name)))
            return lab;
    }
    return NULL;
}

char *course_lab_names(const struct course *course)
{
    const char *first = course->lab[0].name, *last = course->lab[course->count - 1].name;
    if (course->count == 1)
        return copy_text(first);
    return format_text("%s %s %s", first, course->count == 2 ? "and" : "...", last);
}

char *course_tree(const struct course *course, const char *dir)
{
    struct stat info;
    char *path = realpath(dir, NULL);
    if (path == NULL && errno == ENOENT && dir[0] != '/') {
        char *inside = format_text("%s/%s", course->root, dir);
        path = realpath(inside, NULL);
        free(inside);
    }
    if (path != NULL && (stat(path, &info) == -1 || !S_ISDIR(info.st_mode))) {
        free(path);
        errno = ENOTDIR;
        return NULL;
    }
    return path;
}

char *course_read_text(const struct course *course, const char *name, char **error)
{
    char *path = format_text("%s/grading/lib/%s", course->root, name);
    struct text text = {0};
    int result = text_add_file(&text, path);
    if (result == -1)
        *error = format_text("%s: %s", path, strerror(errno));
    free(path);
    return result == -1 ? NULL : text.bytes != NULL ? text.bytes : copy_text("");
}

const char *course_relative(const struct course *course, const char *path)
{
    size_t size = strlen(course->root);
    if (strncmp(path, course->root, size) == 0 && path[size] == '/')
        return path + size + 1;
    return path;
}
