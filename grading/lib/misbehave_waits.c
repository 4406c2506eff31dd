/*
 * misbehave_waits.c - calls that wait, and their time limits.
 */
#include "misbehave.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { LONG_TIME = 1000, LONG_ENOUGH = 100 * 1000 }; // so many times; seconds

// SHORT or LONG if this wait with a time limit meets another one, else 0.
static int other_time(void)
{
    const struct fault *fault = meet(WAIT);
    return fault != NULL && (fault->effect == SHORT || fault->effect == LONG) ? fault->effect : 0;
}

// None, and none at all, stay what they are.
static void change_timespec(struct timespec *limit)
{
    long long us = (long long)limit->tv_sec * 1000000 + limit->tv_nsec / 1000;
    if (limit->tv_sec == 0 && limit->tv_nsec == 0)
        return;
    int effect = other_time();
    if (effect == SHORT)
        us = us / SHORT_TIME + 1;
    else if (effect == LONG)
        us = us < LONG_ENOUGH * 1000LL ? (us + 1) * LONG_TIME : LONG_ENOUGH * 1000000LL;
    else
        return;
    *limit = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static int change_ms(int ms)
{
    struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    if (ms <= 0)
        return ms;
    change_timespec(&limit);
    return (int)limit.tv_sec * 1000 + (int)((limit.tv_nsec + 999999) / 1000000);
}

static void change_timeval(struct timeval *limit)
{
    struct timespec same = {.tv_sec = limit->tv_sec, .tv_nsec = limit->tv_usec * 1000};
    change_timespec(&same);
    *limit = (struct timeval){.tv_sec = same.tv_sec, .tv_usec = same.tv_nsec / 1000};
}

typedef int poll_function(struct pollfd *, nfds_t, int);
typedef int ppoll_function(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
typedef int select_function(int, fd_set *, fd_set *, fd_set *, struct timeval *);
typedef int pselect_function(int, fd_set *, fd_set *, fd_set *, const struct timespec *,
                             const sigset_t *);
typedef int epoll_wait_function(int, struct epoll_event *, int, int);
typedef int setsockopt_function(int, int, int, const void *, socklen_t);

EXPORT int poll(struct pollfd *fds, nfds_t count, int ms)
{
    REAL(poll, poll_function);
    return fails_to_wait(POLL) ? -1 : has_waited(real_poll.function(fds, count, change_ms(ms)));
}

EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit,
                 const sigset_t *mask)
{
    REAL(ppoll, ppoll_function);
    struct timespec other;
    if (limit != NULL) {
        other = *limit;
        change_timespec(&other);
    }
    return fails_to_wait(POLL)
               ? -1
               : has_waited(real_ppoll.function(fds, count, limit != NULL ? &other : NULL, mask));
}

EXPORT int select(int size, fd_set *in, fd_set *out, fd_set *except, struct timeval *limit)
{
    REAL(select, select_function);
    if (limit != NULL)
        change_timeval(limit);
    return fails_to_wait(POLL) ? -1
                               : has_waited(real_select.function(size, in, out, except, limit));
}

EXPORT int pselect(int size, fd_set *in, fd_set *out, fd_set *except, const struct timespec *limit,
                   const sigset_t *mask)
{
    REAL(pselect, pselect_function);
    struct timespec other;
    if (limit != NULL) {
        other = *limit;
        change_timespec(&other);
    }
    return fails_to_wait(POLL) ? -1
                               : has_waited(real_pselect.function(
                                     size, in, out, except, limit != NULL ? &other : NULL, mask));
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int most, int ms)
{
    REAL(epoll_wait, epoll_wait_function);
    return fails_to_wait(POLL)
               ? -1
               : has_waited(real_epoll_wait.function(fd, events, most, change_ms(ms)));
}

EXPORT unsigned alarm(unsigned seconds)
{
    struct itimerval limit = {.it_value = {.tv_sec = seconds}}, before;
    change_timeval(&limit.it_value);
    setitimer(ITIMER_REAL, &limit, &before);
    return (unsigned)before.it_value.tv_sec + (before.it_value.tv_usec > 0);
}

EXPORT int setsockopt(int fd, int level, int option, const void *value, socklen_t size)
{
    REAL(setsockopt, setsockopt_function);
    struct timeval other;
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) &&
        size == sizeof other) {
        memcpy(&other, value, sizeof other);
        change_timeval(&other);
        value = &other;
    }
    return real_setsockopt.function(fd, level, option, value, size);
}
