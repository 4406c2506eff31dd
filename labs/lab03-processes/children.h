/*
 * children.h - reaping children that have ended.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

/*
 * Has every child reaped as soon as it ends, whatever the program is doing at that moment: sets
 * on_sigchld for SIGCHLD. Calls that the signal interrupts go on by themselves where signal(7)
 * says they can. Returns 0, or -1 with errno.
 */
int reap_children(void);

/*
 * The signal handler: waits for all children that have ended so far, and for no other. It calls
 * only what signal-safety(7) allows and leaves errno as it was.
 */
void on_sigchld(int sig);

#endif
