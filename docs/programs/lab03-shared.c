/*
 * lab03-shared.c - a child writes: what does its parent see of it?
 *
 * Usage: shared
 *
 *                     plain                      *moving
 *                     parent   child             parent   child
 *     before fork     [ 1 ]                      [ 1 ]
 *     after fork      [ 1 ]    [ 1 ]             [ 1 ] <----'     one page for both
 *     child writes    [ 1 ]    [ 2 ]             [ 2 ] <----'
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int plain = 1;
static int *moving;

static void tell(const char *who)
{
    printf("%-28s plain %d  moving %d\n", who, plain, *moving);
    fflush(stdout); // else the child would inherit the line, and write it too
}

int main(void)
{
    // No file is behind the mapping, and fork does not make it two: mmap(2).
    moving = mmap(NULL, sizeof *moving, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (moving == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap");
    }
    *moving = 1;
    tell("parent, before fork");

    pid_t pid = fork();
    switch (pid) {
    case -1:
        err(EXIT_FAILURE, "fork");
    case 0:
        plain = 2;
        *moving = 2;
        tell("child, has written both");
        _exit(EXIT_SUCCESS);
    default:
        break;
    }
    // The child has ended when waitpid returns: whatever it wrote is written by now.
    if (waitpid(pid, NULL, 0) == -1) {
        err(EXIT_FAILURE, "waitpid");
    }
    tell("parent, child has ended");
    return EXIT_SUCCESS;
}
