/*
 * misbehave_waits.c - calls that wait, and their time limits; calls that sleep.
 */
#include "misbehave.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { LONG_TIME = 1000, LONG_ENOUGH = 100 * 1000 }; // so many times; seconds

// SHORT or LONG if this wait with a time limit (WAIT), or this sleep (NAP), meets another one, else 0.
static int other_time(enum call call)
{
    const struct fault *fault = meet(call);
    return fault != NULL && (fault->effect == SHORT || fault->effect == LONG) ? fault->effect : 0;
}

// None, and none at all, stay what they are.
static void change_timespec(enum call call, struct timespec *limit)
{
    long long us = (long long)limit->tv_sec * 1000000 + limit->tv_nsec / 1000;
    if (limit->tv_sec == 0 && limit->tv_nsec == 0)
        return;
    int effect = other_time(call);
    if (effect == SHORT)
        us = us / SHORT_TIME + (us % SHORT_TIME > 0 || us == 0);
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
    change_timespec(WAIT, &limit);
    return (int)limit.tv_sec * 1000 + (int)((limit.tv_nsec + 999999) / 1000000);
}

static void change_timeval(struct timeval *limit)
{
    struct timespec same = {.tv_sec = limit->tv_sec, .tv_nsec = limit->tv_usec * 1000};
    change_timespec(WAIT, &same);
    *limit = (struct timeval){.tv_sec = same.tv_sec, .tv_usec = same.tv_nsec / 1000};
}

typedef int poll_function(struct pollfd *, nfds_t, int);
typedef int ppoll_function(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
typedef int select_function(int, fd_set *, fd_set *, fd_set *, struct timeval *);
typedef int pselect_function(int, fd_set *, fd_set *, fd_set *, const struct timespec *,
                             const sigset_t *);
typedef int epoll_wait_function(int, struct epoll_event *, int, int);
typedef int setitimer_function(__itimer_which_t, const struct itimerval *, struct itimerval *);
typedef int nanosleep_function(const struct timespec *, struct timespec *);
typedef int clock_nanosleep_function(clockid_t, int, const struct timespec *, struct timespec *);
typedef int sigtimedwait_function(const sigset_t *, siginfo_t *, const struct timespec *);
typedef int timerfd_settime_function(int, int, const struct itimerspec *, struct itimerspec *);
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
        change_timespec(WAIT, &other);
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
        change_timespec(WAIT, &other);
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

EXPORT int setitimer(__itimer_which_t which, const struct itimerval *limit, struct itimerval *old)
{
    REAL(setitimer, setitimer_function);
    struct itimerval other = {0};
    if (limit != NULL && which == ITIMER_REAL) {
        other = *limit;
        change_timeval(&other.it_value);
        change_timeval(&other.it_interval);
        limit = &other;
    }
    return real_setitimer.function(which, limit, old);
}

EXPORT unsigned alarm(unsigned seconds)
{
    struct itimerval limit = {.it_value = {.tv_sec = seconds}}, before;
    setitimer(ITIMER_REAL, &limit, &before);
    return (unsigned)before.it_value.tv_sec + (before.it_value.tv_usec > 0);
}

EXPORT int nanosleep(const struct timespec *time, struct timespec *left)
{
    REAL(nanosleep, nanosleep_function);
    struct timespec other = *time;
    change_timespec(NAP, &other);
    return real_nanosleep.function(&other, left);
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                           struct timespec *left)
{
    REAL(clock_nanosleep, clock_nanosleep_function);
    struct timespec other = *time;
    if (flags == 0)
        change_timespec(NAP, &other);
    return real_clock_nanosleep.function(clock, flags, &other, left);
}

EXPORT int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *limit)
{
    REAL(sigtimedwait, sigtimedwait_function);
    struct timespec other;
    if (limit != NULL) {
        other = *limit;
        change_timespec(NAP, &other);
    }
    return real_sigtimedwait.function(set, info, limit != NULL ? &other : NULL);
}

EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *limit,
                           struct itimerspec *old)
{
    REAL(timerfd_settime, timerfd_settime_function);
    struct itimerspec other = *limit;
    if ((flags & TFD_TIMER_ABSTIME) == 0) {
        change_timespec(NAP, &other.it_value);
        change_timespec(NAP, &other.it_interval);
    }
    return real_timerfd_settime.function(fd, flags, &other, old);
}

EXPORT int usleep(useconds_t us)
{
    return nanosleep(&(struct timespec){us / 1000000, (long)(us % 1000000) * 1000}, NULL);
}

EXPORT unsigned sleep(unsigned seconds)
{
    struct timespec left = {0};
    return nanosleep(&(struct timespec){seconds, 0}, &left) == 0 ? 0 : (unsigned)left.tv_sec + 1;
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
