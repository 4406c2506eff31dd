/*
 * submission.c - see submission.h.
 */
#include "submission.h"

#include "capture.h"
#include "status.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 256 << 10, VERSION_SECONDS = 20 };

// --- Finding ------------------------------------------------------------------------------------

static bool is_directory(const char *path)
{
    struct stat info;
    return lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int submissions_find(struct submissions *submissions, const char *directory, char **error)
{
    struct dirent **entry;
    int count = scandir(directory, &entry, is_shown, alphasort);
    *submissions = (struct submissions){0};
    if (count == -1) {
        *error = format_text("%s: %s", directory, strerror(errno));
        return -1;
    }
    submissions->submission = grow(NULL, (size_t)count, sizeof *submissions->submission);
    for (int i = 0; i < count; i++) {
        char *path = format_text("%s/%s", directory, entry[i]->d_name);
        char *labs = format_text("%s/labs", path);
        if (is_directory(path)) {
            struct submission *one = &submissions->submission[submissions->count++];
            one->name = copy_text(entry[i]->d_name);
            one->path = copy_text(is_directory(labs) ? labs : path);
        }
        free(labs);
        free(path);
        free(entry[i]);
    }
    free(entry);
    if (submissions->count > 0)
        return 0;
    *error = format_text("%s: there is no directory in it, and each is a submission", directory);
    submissions_free(submissions);
    return -1;
}

void submissions_free(struct submissions *submissions)
{
    for (size_t i = 0; i < submissions->count; i++) {
        free(submissions->submission[i].name);
        free(submissions->submission[i].path);
    }
    free(submissions->submission);
    *submissions = (struct submissions){0};
}

// --- Copying ------------------------------------------------------------------------------------

static int is_source(const struct dirent *entry)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const char *name = entry->d_name;
    size_t size = strlen(name);
    return size > 2 && name[0] != '.' && name[0] != '-' && strspn(name, letters) == size &&
           (strcmp(name + size - 2, ".c") == 0 || strcmp(name + size - 2, ".h") == 0);
}

// Copies a regular file; one that is not, or is too large, is left out. Returns 0, or -1 with errno.
static int copy_file(int from_directory, const char *name, const char *to_path)
{
    struct stat info;
    int from = openat(from_directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (from == -1)
        return errno == ELOOP || errno == ENXIO ? 0 : -1;
    if (fstat(from, &info) == -1 || !S_ISREG(info.st_mode) || info.st_size > MOST_BYTES) {
        close(from);
        return 0;
    }
    int to = open(to_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ssize_t copied = to == -1 ? -1 : 1;
    while (copied > 0)
        copied = sendfile(to, from, NULL, MOST_BYTES);
    int why = errno;
    close(from);
    if (to != -1 && close(to) == -1 && copied == 0)
        return -1;
    errno = why;
    return copied == 0 ? 0 : -1;
}

// Copies the sources of one directory. One that is not there has none.
static int copy_sources(const char *from, const char *to)
{
    struct dirent **entry;
    int status = 0;
    int directory = open(from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (directory == -1)
        return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
    int count = scandirat(directory, ".", &entry, is_source, alphasort);
    for (int i = 0; i < count; i++) {
        char *path = format_text("%s/%s", to, entry[i]->d_name);
        if (status == 0)
            status = copy_file(directory, entry[i]->d_name, path);
        free(path);
        free(entry[i]);
    }
    if (count != -1)
        free(entry);
    int why = errno;
    close(directory);
    errno = why;
    return count == -1 ? -1 : status;
}

int submission_lay_out(const struct submission *submission, const struct course *course,
                       const char *tree)
{
    int status = mkdir(tree, 0755);
    for (size_t i = 0; i < course->count && status == 0; i++) {
        const char *directory = course->lab[i].directory;
        char *starter = format_text("%s/labs/%s", course->root, directory);
        char *own = format_text("%s/%s", submission->path, directory);
        char *to = format_text("%s/%s", tree, directory);
        status = mkdir(to, 0755);
        if (status == 0)
            status = copy_sources(starter, to);
        if (status == 0)
            status = copy_sources(own, to);
        free(to);
        free(own);
        free(starter);
    }
    return status;
}

// --- Keys ---------------------------------------------------------------------------------------

// Each part with its length: "ab" "c" is not "a" "bc".
static void hash_part(SHA2_CTX *hash, const void *bytes, size_t size)
{
    SHA256Update(hash, (const uint8_t *)&size, sizeof size);
    SHA256Update(hash, bytes, size);
}

static void hash_word(SHA2_CTX *hash, const char *word)
{
    hash_part(hash, word, strlen(word));
}

// A file, or all that is below a directory, with the names there.
static void hash_tree(SHA2_CTX *hash, const char *path)
{
    struct dirent **entry;
    struct text text = {0};
    if (!is_directory(path)) {
        text_add_file(&text, path);
        hash_part(hash, text.bytes, text.size);
        text_free(&text);
        return;
    }
    int count = scandir(path, &entry, is_shown, alphasort);
    for (int i = 0; i < count; i++) {
        char *below = format_text("%s/%s", path, entry[i]->d_name);
        hash_word(hash, entry[i]->d_name);
        hash_tree(hash, below);
        free(below);
        free(entry[i]);
    }
    if (count != -1)
        free(entry);
}

static char *end_hash(SHA2_CTX *hash)
{
    char hex[SHA256_DIGEST_STRING_LENGTH];
    return copy_text(SHA256End(hash, hex));
}

// Of each tool what it says of its version.
static void hash_tools(SHA2_CTX *hash)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};
    static const char *const tools[] = {"gcc", "ld", "bats", "valgrind"};
    hash_word(hash, gnu_get_libc_version());
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        const char *const argv[] = {tools[i], "--version", NULL};
        struct capture capture = {0};
        capture_run(&capture, argv, env, NULL, VERSION_SECONDS);
        hash_word(hash, capture.output.bytes != NULL ? capture.output.bytes : "");
        text_free(&capture.output);
    }
}

char *grader_key(const struct course *course, const char *conditions)
{
    static const char *const parts[] = {"Makefile", "grading", "client"};
    SHA2_CTX hash;
    SHA256Init(&hash);
    hash_word(&hash, GRADER_VERSION);
    hash_word(&hash, conditions);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *path = format_text("%s/%s", course->root, parts[i]);
        hash_tree(&hash, path);
        free(path);
    }
    hash_tools(&hash);
    return end_hash(&hash);
}

char *submission_key(const char *tree, const struct selection *selection, const char *grader)
{
    SHA2_CTX hash;
    SHA256Init(&hash);
    hash_word(&hash, grader);
    for (size_t i = 0; i < selection->count; i++)
        hash_word(&hash, selection->entry[i].lab->name);
    // All labs, also those that are only linked.
    hash_tree(&hash, tree);
    return end_hash(&hash);
}
