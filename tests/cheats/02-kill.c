/*
 * Kills all it can reach: the check that watches it, and its relatives.
 *
 * lab: lab01
 * file: server.c
 * named: server exited with status 0|the program attempted to end the check
 */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    for (pid_t pid = 1; pid < 40000; pid++)
        if (pid != getpid())
            kill(pid, SIGKILL);
    kill(-1, SIGKILL);
    return 0;
}
