/*
 * schedule.c - see schedule.h.
 */
#include "schedule.h"

#include "clock.h"
#include "interrupt.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    // What hangs inside is bounded by the supervisor, which knows a slow machine from a program
    // that hangs. No check comes near; one may on a machine that has a fiftieth of itself to give.
    CHECK_SECONDS = 1200,
    WORDS_KEPT = 4096,
    TICK_MS = 100, // how often the progress is shown while nothing happens
    FDS_PER_CHECK = 3,
};

static const char tool_path[] = "/usr/bin:/bin:/usr/sbin:/sbin";

// --- Starting -----------------------------------------------------------------------------------

// The whole environment of a check: nothing of the caller's gets in. TMPDIR is its own.
static void add_environment(struct lines *env, const struct schedule *schedule,
                            const struct run *run, const char *tmpdir)
{
    const char *root = schedule->course->root;
    lines_add(env, format_text("COURSE=%s", root));
    lines_add(env, format_text("LAB=%s", run->lab->name));
    lines_add(env, format_text("LAB_BUILD=%s", run->build->directory));
    if (run->build->thread_directory != NULL)
        lines_add(env, format_text("LAB_BUILD_THREAD=%s", run->build->thread_directory));
    lines_add(env, format_text("TOOLS=%s/build/grading", root));
    lines_add(env, format_text("SEED=%u", schedule->seed));
    if (schedule->replay)
        lines_add(env, copy_text("REPLAY=1"));
    if (schedule->records != NULL)
        lines_add(env, format_text("RECORDS=%s", schedule->records));
    lines_add(env, format_text("TMPDIR=%s", tmpdir));
    lines_add(env, format_text("SCRATCH=%s", schedule->box->boxed ? BOX_SCRATCH : tmpdir));
    lines_add(env, format_text("HOME=%s", tmpdir));
    lines_add(env, format_text("PATH=%s", tool_path));
    lines_add(env, copy_text("LC_ALL=C"));
    lines_add(env, NULL);
}

// There it sees the checks, the tools and what was built; no other lab, and no solution.
static void enter_box(struct lines *argv, const struct schedule *schedule, const struct run *run)
{
    struct box_view view = {0};
    lines_add(&view.shown, format_text("%s/grading", schedule->course->root));
    lines_add(&view.shown, format_text("%s/build/grading", schedule->course->root));
    lines_add(&view.shown, copy_text(run->build->directory));
    if (run->build->thread_directory != NULL)
        lines_add(&view.shown, copy_text(run->build->thread_directory));
    if (schedule->records != NULL)
        lines_add(&view.written, copy_text(schedule->records));
    box_enter(argv, schedule->box, &view, BOX_TMPDIR);
    box_view_free(&view);
}

static void add_command(struct lines *argv, const struct schedule *schedule, const struct run *run,
                        const struct check *check)
{
    char *filter = run_filter(run);
    enter_box(argv, schedule, run);
    if (check->is_bats) {
        lines_add(argv, copy_text("bats"));
        // TAP, and a line at the begin of each test, which plain TAP does not have.
        lines_add(argv, copy_text("--formatter"));
        lines_add(argv, copy_text("cat"));
        if (filter != NULL) {
            lines_add(argv, copy_text("--filter"));
            lines_add(argv, copy_text(filter));
        }
        lines_add(argv, format_text("%s/grading/%s/%s", schedule->course->root, run->lab->name,
                                    check->file));
    } else {
        size_t stem = (size_t)(strrchr(check->file, '.') - check->file);
        lines_add(argv, format_text("%s/%.*s", run->build->directory, (int)stem, check->file));
    }
    lines_add(argv, NULL);
    free(filter);
}

static int open_pipe(int *read_end, int *write_end)
{
    int fd[2];
    if (pipe2(fd, O_CLOEXEC) == -1)
        return -1;
    fcntl(fd[0], F_SETFL, O_NONBLOCK);
    *read_end = fd[0];
    *write_end = fd[1];
    return 0;
}

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int start_process(struct check *check, const struct lines *argv, const struct lines *env,
                         const char *directory)
{
    int out = -1, err = -1, result = -1;
    if (open_pipe(&check->out, &out) == 0 && open_pipe(&check->err, &err) == 0) {
        struct start start = {
            .argv = (const char *const *)argv->line,
            .env = (const char *const *)env->line,
            .directory = directory,
            .fd = {-1, out, err},
        };
        result = process_start(&check->process, &start);
    }
    int why = errno;
    close_end(&out);
    close_end(&err);
    errno = why;
    return result;
}

static void start_check(struct schedule *schedule, struct run *run, struct check *check)
{
    static unsigned number;
    struct lines argv = {0}, env = {0};
    char *tmpdir = NULL;

    check->started = check->ended = now_seconds();
    tap_start(&check->tap, check->started);
    if (!schedule->box->boxed) {
        char *name = format_text("check%u", number++);
        tmpdir = scratch_directory(name);
        free(name);
    }
    add_command(&argv, schedule, run, check);
    add_environment(&env, schedule, run, tmpdir != NULL ? tmpdir : BOX_TMPDIR);
    check->state = CHECK_RUNNING;
    if (start_process(check, &argv, &env, tmpdir) == -1) {
        text_addf(&check->words, "%s: %s", argv.line[0], strerror(errno));
        check->state = CHECK_BROKEN;
        close_end(&check->out);
        close_end(&check->err);
    }
    lines_free(&argv);
    lines_free(&env);
    free(tmpdir);
}

// --- Reading ------------------------------------------------------------------------------------

// Keeps the end, where a program says why it gives up.
static void keep_words(struct text *words, const char *bytes, size_t size)
{
    text_add(words, bytes, size);
    if (words->size > 2 * WORDS_KEPT) {
        memmove(words->bytes, words->bytes + words->size - WORDS_KEPT, WORDS_KEPT + 1);
        words->size = WORDS_KEPT;
    }
}

// Takes what is there now; closes the descriptor at the end of the stream.
static void take(struct check *check, int *fd)
{
    char bytes[16384];
    ssize_t n = -1;
    if (*fd == -1)
        return;
    // Bounded, so that a check that floods its output does not starve the others.
    for (int turn = 0; turn < 64 && (n = read(*fd, bytes, sizeof bytes)) > 0; turn++) {
        if (fd == &check->out)
            tap_feed(&check->tap, bytes, (size_t)n, now_seconds());
        else
            keep_words(&check->words, bytes, (size_t)n);
    }
    if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
        close_end(fd);
}

static void finish(struct check *check, enum check_state state)
{
    process_end(&check->process);
    take(check, &check->out);
    take(check, &check->err);
    close_end(&check->out);
    close_end(&check->err);
    check->ended = now_seconds();
    tap_end(&check->tap, check->ended);
    check->state = state;
}

// --- All of them --------------------------------------------------------------------------------

static size_t count_state(const struct schedule *schedule, enum check_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < schedule->count; i++)
        for (size_t j = 0; j < schedule->run[i].count; j++)
            count += schedule->run[i].check[j].state == state;
    return count;
}

// Ends, or does not begin, what has no test left that could count.
static void cut_short(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        struct check *check = &run->check[i];
        if (check->state > CHECK_RUNNING || !run_is_check_useless(run, check))
            continue;
        if (check->state == CHECK_RUNNING)
            finish(check, CHECK_CUT_SHORT);
        check->state = CHECK_CUT_SHORT;
    }
}

// Much of a check is waiting: four keep two processors busy. Measured on lab04: 0.98 s instead of
// 1.23 s with three.
static size_t most_at_once(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return 2 * (size_t)(processors > 2 ? processors : 2);
}

static void start_waiting(struct schedule *schedule)
{
    size_t most = most_at_once();
    size_t running = count_state(schedule, CHECK_RUNNING);

    for (size_t i = 0; i < schedule->count; i++)
        for (size_t j = 0; j < schedule->run[i].count && running < most; j++) {
            struct check *check = &schedule->run[i].check[j];
            if (check->state != CHECK_WAITING)
                continue;
            start_check(schedule, &schedule->run[i], check);
            running += check->state == CHECK_RUNNING;
        }
}

// Deals with one running check after a poll. Returns whether there was news.
static bool look_at(struct check *check, const struct pollfd *polled, unsigned seconds)
{
    // First the end, then what was written before it.
    bool ended = polled[0].revents != 0 && process_wait(&check->process, 0) == 1;
    bool news = ended;
    if (polled[1].revents != 0) {
        take(check, &check->out);
        news = true;
    }
    if (polled[2].revents != 0)
        take(check, &check->err);
    if (ended)
        finish(check, CHECK_ENDED);
    else if (now_seconds() > check->started + seconds)
        finish(check, CHECK_TIMED_OUT);
    return news || check->state != CHECK_RUNNING;
}

// Waits for news of the running checks and takes it. Returns false at ^C.
static bool wait_for_news(struct schedule *schedule)
{
    size_t running = count_state(schedule, CHECK_RUNNING), at = 1;
    unsigned seconds = schedule->seconds > 0 ? schedule->seconds : CHECK_SECONDS;
    struct pollfd *polled = grow(NULL, 1 + FDS_PER_CHECK * running, sizeof *polled);

    polled[0] = (struct pollfd){.fd = interrupt_fd(), .events = POLLIN};
    for (size_t i = 0; i < schedule->count; i++)
        for (size_t j = 0; j < schedule->run[i].count; j++) {
            const struct check *check = &schedule->run[i].check[j];
            if (check->state != CHECK_RUNNING)
                continue;
            polled[at++] = (struct pollfd){.fd = check->process.pidfd, .events = POLLIN};
            polled[at++] = (struct pollfd){.fd = check->out, .events = POLLIN};
            polled[at++] = (struct pollfd){.fd = check->err, .events = POLLIN};
        }
    poll(polled, (nfds_t)at, TICK_MS); // a failure is no news
    at = 1;
    for (size_t i = 0; i < schedule->count; i++) {
        bool news = false;
        for (size_t j = 0; j < schedule->run[i].count; j++) {
            struct check *check = &schedule->run[i].check[j];
            if (check->state != CHECK_RUNNING)
                continue;
            news = look_at(check, &polled[at], seconds) || news;
            at += FDS_PER_CHECK;
        }
        if (news)
            cut_short(&schedule->run[i]);
    }
    bool go_on = polled[0].revents == 0;
    free(polled);
    return go_on;
}

int schedule_run(struct schedule *schedule)
{
    bool go_on = true;
    for (start_waiting(schedule); go_on && count_state(schedule, CHECK_RUNNING) > 0;) {
        go_on = wait_for_news(schedule);
        if (go_on)
            start_waiting(schedule);
        if (schedule->progress != NULL)
            schedule->progress(schedule->run, schedule->count);
    }
    for (size_t i = 0; i < schedule->count; i++)
        for (size_t j = 0; j < schedule->run[i].count; j++)
            if (schedule->run[i].check[j].state == CHECK_RUNNING)
                finish(&schedule->run[i].check[j], CHECK_CUT_SHORT);
    process_end_orphans();
    return go_on ? 0 : -1;
}
