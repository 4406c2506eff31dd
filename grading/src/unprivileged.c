/*
 * unprivileged.c - see unprivileged.h.
 */
#include "unprivileged.h"

#include <grp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// Users that no distribution gives to anybody; one for each supervisor, by its pid.
enum { FIRST_USER = 61184, USERS = 4000 };

int unprivileged_become(uid_t user)
{
    if (setgroups(0, NULL) == -1 || setresgid(user, user, user) == -1)
        return -1;
    return setresuid(user, user, user);
}

uid_t unprivileged_user(const char *program, const char *directory)
{
    uid_t user = (uid_t)(FIRST_USER + getpid() % USERS);
    int status;
    if (geteuid() != 0 || chown(directory, user, user) == -1)
        return 0;
    pid_t child = fork();
    if (child == 0) {
        bool may = unprivileged_become(user) == 0 && access(directory, W_OK | X_OK) == 0 &&
                   (strchr(program, '/') == NULL || access(program, R_OK | X_OK) == 0);
        _exit(may ? 0 : 1);
    }
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
        return user;
    return 0;
}
