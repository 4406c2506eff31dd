/*
 * interrupt.c - see interrupt.h.
 */
#include "interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>

static const int stoppers[] = {SIGINT, SIGTERM, SIGHUP};
static int fd = -1;

int interrupt_begin(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t i = 0; i < sizeof stoppers / sizeof *stoppers; i++)
        sigaddset(&signals, stoppers[i]);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        return -1;
    fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd == -1 ? -1 : 0;
}

int interrupt_fd(void)
{
    return fd;
}

int interrupt_signal(void)
{
    sigset_t pending;
    // A blocked signal stays pending, and the descriptor readable, as long as nobody reads it.
    if (sigpending(&pending) == -1)
        return 0;
    for (size_t i = 0; i < sizeof stoppers / sizeof *stoppers; i++)
        if (sigismember(&pending, stoppers[i]) == 1)
            return stoppers[i];
    return 0;
}
