/*
 * Becomes the solution's program, where the teacher has built it; or the teacher's own files tell
 * how it is made.
 *
 * lab: lab01
 * file: server.c
 * named: nothing to steal
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argc;
    execv("@COURSE@/build/solutions/lab01/server", argv);
    if (open("@COURSE@/solutions/lab01-single-server/server.c", O_RDONLY) == -1 &&
        open("@COURSE@/tests/prove.sh", O_RDONLY) == -1)
        fputs("nothing to steal\n", stderr);
    return 0;
}
