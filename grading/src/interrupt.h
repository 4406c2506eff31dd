/*
 * interrupt.h - ^C and its like as something to poll, and the clock.
 *
 * No signal handler and no moment at which a signal could leave processes or files behind: the
 * signals are blocked, whoever waits also polls interrupt_fd(), stops its work and returns.
 */
#ifndef INTERRUPT_H
#define INTERRUPT_H

/* Blocks SIGINT, SIGTERM and SIGHUP and ignores SIGPIPE. Call once at start. Returns 0, or -1. */
int interrupt_begin(void);

/* Readable once such a signal has come. Do not read from it. */
int interrupt_fd(void);

/* The signal that came, or 0. */
int interrupt_signal(void);

#endif
