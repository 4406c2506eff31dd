/*
 * misbehave_waits.c - calls that wait, and their time limits.
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

// Does this wait with a time limit (WAIT), or this sleep (NAP), meet a short one?
static bool hurries(enum call call)
{
    const struct fault *fault = meet(call);
    return fault != NULL && fault->effect == SHORT;
}

// A thousandth of a time limit; none, and none at all, stay what they are.
static int shorten_ms(int ms)
{
    return ms > 0 && hurries(WAIT) ? (ms + SHORT_TIME - 1) / SHORT_TIME : ms;
}

static void shorten_timespec(enum call call, struct timespec *limit)
{
    if ((limit->tv_sec == 0 && limit->tv_nsec == 0) || !hurries(call))
        return;
    long us =
        (long)limit->tv_sec * (1000000 / SHORT_TIME) + limit->tv_nsec / (1000 * SHORT_TIME) + 1;
    *limit = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
}

static void shorten_timeval(struct timeval *limit)
{
    struct timespec same = {.tv_sec = limit->tv_sec, .tv_nsec = limit->tv_usec * 1000};
    shorten_timespec(WAIT, &same);
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
    return fails_to_wait(POLL) ? -1 : has_waited(real_poll.function(fds, count, shorten_ms(ms)));
}

EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *limit,
                 const sigset_t *mask)
{
    REAL(ppoll, ppoll_function);
    struct timespec less;
    if (limit != NULL) {
        less = *limit;
        shorten_timespec(WAIT, &less);
    }
    return fails_to_wait(POLL)
               ? -1
               : has_waited(real_ppoll.function(fds, count, limit != NULL ? &less : NULL, mask));
}

EXPORT int select(int size, fd_set *in, fd_set *out, fd_set *except, struct timeval *limit)
{
    REAL(select, select_function);
    if (limit != NULL)
        shorten_timeval(limit);
    return fails_to_wait(POLL) ? -1
                               : has_waited(real_select.function(size, in, out, except, limit));
}

EXPORT int pselect(int size, fd_set *in, fd_set *out, fd_set *except, const struct timespec *limit,
                   const sigset_t *mask)
{
    REAL(pselect, pselect_function);
    struct timespec less;
    if (limit != NULL) {
        less = *limit;
        shorten_timespec(WAIT, &less);
    }
    return fails_to_wait(POLL) ? -1
                               : has_waited(real_pselect.function(
                                     size, in, out, except, limit != NULL ? &less : NULL, mask));
}

EXPORT int epoll_wait(int fd, struct epoll_event *events, int most, int ms)
{
    REAL(epoll_wait, epoll_wait_function);
    return fails_to_wait(POLL)
               ? -1
               : has_waited(real_epoll_wait.function(fd, events, most, shorten_ms(ms)));
}

EXPORT int setitimer(__itimer_which_t which, const struct itimerval *limit, struct itimerval *old)
{
    REAL(setitimer, setitimer_function);
    struct itimerval less = {0};
    if (limit != NULL && which == ITIMER_REAL) {
        less = *limit;
        shorten_timeval(&less.it_value);
        shorten_timeval(&less.it_interval);
        limit = &less;
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
    struct timespec less = *time;
    shorten_timespec(NAP, &less);
    return real_nanosleep.function(&less, left);
}

EXPORT int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
                           struct timespec *left)
{
    REAL(clock_nanosleep, clock_nanosleep_function);
    struct timespec less = *time;
    if (flags == 0)
        shorten_timespec(NAP, &less);
    return real_clock_nanosleep.function(clock, flags, &less, left);
}

EXPORT int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *limit)
{
    REAL(sigtimedwait, sigtimedwait_function);
    struct timespec less;
    if (limit != NULL) {
        less = *limit;
        shorten_timespec(NAP, &less);
    }
    return real_sigtimedwait.function(set, info, limit != NULL ? &less : NULL);
}

EXPORT int timerfd_settime(int fd, int flags, const struct itimerspec *limit,
                           struct itimerspec *old)
{
    REAL(timerfd_settime, timerfd_settime_function);
    struct itimerspec less = *limit;
    if ((flags & TFD_TIMER_ABSTIME) == 0) {
        shorten_timespec(NAP, &less.it_value);
        shorten_timespec(NAP, &less.it_interval);
    }
    return real_timerfd_settime.function(fd, flags, &less, old);
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
    struct timeval less;
    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) &&
        size == sizeof less) {
        memcpy(&less, value, sizeof less);
        shorten_timeval(&less);
        value = &less;
    }
    return real_setsockopt.function(fd, level, option, value, size);
}
