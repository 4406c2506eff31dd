/*
 * Prints commands to the runner of a job.
 *
 * lab: lab01
 * file: server.c
 * named: attempted to write to the grader's output: \\x3a:error file=x::wrong
 */
#include <stdio.h>

int main(void)
{
    fputs("::error file=x::wrong\n##[error]wrong\n::stop-commands::x\n", stderr);
    fputs("  ::notice title=lab01::100 of 100 points\n", stderr);
    return 0;
}
