/*
 * submission.h - what learners handed in: directories, each of them a tree of labs.
 *
 *     DIRECTORY/ada/lab01-single-server/server.c      or     DIRECTORY/ada/labs/lab01-.../server.c
 */
#ifndef SUBMISSION_H
#define SUBMISSION_H

#include "course.h"
#include "selection.h"

#include <stddef.h>

struct submission {
    char *name; // ada
    char *path; // where its labs are
};

struct submissions {
    struct submission *submission; // in the order of their names
    size_t count;
};

/* Finds the directories in a directory. Returns 0; or -1 with *error (malloc'ed). */
int submissions_find(struct submissions *submissions, const char *directory, char **error);
void submissions_free(struct submissions *submissions);

/*
 * Copies its C files into a new directory `tree`, over the starters: of the labs that the course has
 * the regular files of a moderate size, and nothing else. Returns 0, or -1 with errno.
 */
int submission_lay_out(const struct submission *submission, const struct course *course,
                       const char *tree);

/*
 * A key of what is graded and by what: the same files, checks, tools and conditions have the same.
 * `tree` as laid out; `grader` as grader_key() made it. malloc'ed.
 */
char *submission_key(const char *tree, const struct selection *selection, const char *grader);

/* The part of the key that is the same for all submissions: the checks, the tools, and the words
 * that say how they are used. malloc'ed. */
char *grader_key(const struct course *course, const char *conditions);

#endif
