/*
 * children.c - reaping children that have ended.
 *
 * A process that ends leaves its status behind for its parent: a zombie, which keeps its place in
 * the process table until the parent asks with waitpid(2). Signals are not counted. While one
 * SIGCHLD is pending the others are lost, so one signal may stand for many children:
 *
 *     child 1   ends --- SIGCHLD --.
 *     child 2   ends --- SIGCHLD --+--> pending, once --> on_sigchld --> waitpid: child 1
 *     child 3   ends --- SIGCHLD --'                                     waitpid: child 2
 *     child 4   lives                                                    waitpid: child 3
 *                                                                        waitpid: 0, no other
 */
#include "children.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

void on_sigchld(int sig)
{
    // Step 5: this may run between a call that failed and the line that looks at its errno. What
    // waitpid does to errno must not be seen there. Keep it.

    // Step 4: wait for every child that has ended, and for none that lives: waitpid(2), WNOHANG.
    (void)sig;

    // Step 5: put errno back.
}

int reap_children(void)
{
    // Step 4: set on_sigchld for SIGCHLD, sigaction(2). SA_NOCLDSTOP: a stopped child is no news.
    // SA_RESTART: accept(2) goes on by itself after the handler. Not every call does, signal(7).
    return 0;
}
