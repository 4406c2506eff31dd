/*
 * capture.c - see capture.h.
 */
#include "capture.h"

#include "clock.h"
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

// Takes what is there now, but lets the caller look at the clock if there is no end to it.
// Returns false at the end of the stream.
static bool take(struct capture *capture, int fd)
{
    char bytes[16384];
    ssize_t n = 0;
    for (int turn = 0; turn < 64 && (n = read(fd, bytes, sizeof bytes)) > 0; turn++) {
        size_t room = CAPTURE_MAX - capture->output.size;
        text_add(&capture->output, bytes, (size_t)n < room ? (size_t)n : room);
    }
    return n > 0 || (n == -1 && (errno == EAGAIN || errno == EINTR));
}

static enum capture_end watch(struct capture *capture, struct process *process, int fd,
                              double deadline)
{
    bool open = true;
    for (;;) {
        struct pollfd polled[] = {
            {.fd = process->pidfd, .events = POLLIN},
            {.fd = interrupt_fd(), .events = POLLIN},
            {.fd = open ? fd : -1, .events = POLLIN},
        };
        double left = deadline - now_seconds();
        if (left <= 0)
            return CAPTURE_TIMED_OUT;
        if (poll(polled, 3, (int)(left * 1000) + 1) == -1)
            continue; // EINTR: pidfd and deadline are looked at again
        if (polled[1].revents != 0)
            return CAPTURE_INTERRUPTED;
        // Look for the end first: what the program wrote before it can then be read completely.
        bool ended = polled[0].revents != 0 && process_wait(process, 0) == 1;
        if (polled[2].revents != 0 || ended)
            open = take(capture, fd) && open;
        if (ended)
            return CAPTURE_ENDED;
    }
}

enum capture_end capture_run(struct capture *capture, const char *const *argv,
                             const char *const *env, const char *directory, double seconds)
{
    const struct limits none = {0};
    return capture_run_limited(capture, argv, env, directory, seconds, &none);
}

enum capture_end capture_run_limited(struct capture *capture, const char *const *argv,
                                     const char *const *env, const char *directory, double seconds,
                                     const struct limits *limits)
{
    int out[2];
    struct process process;

    *capture = (struct capture){0};
    text_add(&capture->output, "", 0);
    if (pipe2(out, O_CLOEXEC) == -1)
        return CAPTURE_FAILED;
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    struct start start = {.argv = argv,
                          .env = env,
                          .directory = directory,
                          .fd = {-1, out[1], out[1]},
                          .limits = *limits};
    if (process_start(&process, &start) == -1) {
        int why = errno;
        close(out[0]);
        close(out[1]);
        errno = why;
        return CAPTURE_FAILED;
    }
    close(out[1]);
    enum capture_end end = watch(capture, &process, out[0], now_seconds() + seconds);
    process_end(&process);
    process_end_orphans();
    capture->status = process.status;
    close(out[0]);
    return end;
}
