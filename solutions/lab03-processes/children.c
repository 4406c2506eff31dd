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
    // [step 5]
    int saved_errno = errno;
    // [/step 5]

    // Step 4: wait for every child that has ended, and for none that lives: waitpid(2), WNOHANG.
    // [step 4] (void)sig;
    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0) {
        continue;
    }
    // [/step 4]

    // Step 5: put errno back.
    // [step 5]
    errno = saved_errno;
    // [/step 5]
}

int reap_children(void)
{
    // Step 4: set on_sigchld for SIGCHLD, sigaction(2). SA_NOCLDSTOP: a stopped child is no news.
    // SA_RESTART: accept(2) goes on by itself after the handler. Not every call does, signal(7).
    // [step 4] return 0;
    struct sigaction action = {.sa_handler = on_sigchld, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGCHLD, &action, NULL);
    // [/step 4]
}
