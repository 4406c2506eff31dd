/*
 * unprivileged.h - another user for a learner's program when the grader runs as root.
 *
 * Root is exempt from the limit of processes (RLIMIT_NPROC), so a program that forks without end
 * could not be held. As a user whom nobody else is, it counts its own processes only.
 */
#ifndef UNPRIVILEGED_H
#define UNPRIVILEGED_H

#include <sys/types.h>

/*
 * A user who has the right to run the program and to write into the directory, which is given to
 * him. Returns 0 when the caller is not root, or when there is no such user here.
 */
uid_t unprivileged_user(const char *program, const char *directory);

/* Becomes that user for good, without any other group. Returns 0, or -1 with errno. */
int unprivileged_become(uid_t user);

#endif
