/*
 * patience.c - see patience.h.
 */
#include "patience.h"

#include <string.h>
#include <time.h>

// Instrumented programs compute longer; a start of valgrind alone takes half a second.
enum { SLOWDOWN = 3 };

// So many times as long as without a move may be slept all together, if there are moves in between.
enum { NAPS = 4 };

// Longer than this between two looks it was us who slept.
static const double longest_look = 0.1;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void patience_init(struct patience_state *state, struct program **programs)
{
    *state = (struct patience_state){
        .programs = programs, .idle_seconds = 1, .cpu_seconds = 2, .wall_seconds = 30};
}

static void add_activity(struct activity *sum, const struct activity *more)
{
    sum->cpu_ns += more->cpu_ns;
    sum->moves += more->moves;
    sum->runnable = sum->runnable || more->runnable;
    sum->processes += more->processes;
    sum->memory += more->memory;
}

void patience_enforce_limits(struct program *programs, struct activity *activity)
{
    static struct family family;
    struct activity one;
    const char *too_much = NULL;

    *activity = (struct activity){0};
    for (struct program *program = programs; program != NULL; program = program->next) {
        if (process_wait(&program->process, 0) != 0)
            continue;
        observe_family(&family, program->process.pid, false);
        observe_activity(&family, &one);
        add_activity(activity, &one);
    }
    family.count = process_orphans(family.pids, FAMILY_SIZE);
    observe_activity(&family, &one);
    add_activity(activity, &one);
    if (activity->processes > PROCESSES_MAX)
        too_much = "it started more than 600 processes";
    else if (activity->memory > (uint64_t)MEMORY_MAX_MB << 20)
        too_much = "it used more than 1 GiB of memory";
    if (too_much == NULL)
        return;
    for (struct program *program = programs; program != NULL; program = program->next)
        if (!program->process.ended) {
            program->stopped_for = too_much;
            process_end(&program->process);
        }
    process_end_orphans();
}

// Tells where the first sleeping thread of each program sleeps, and what that means.
static void tell_idle(const struct program *programs, const char *what, char *why_not, size_t size)
{
    size_t used = 0;
    for (const struct program *program = programs; program != NULL; program = program->next) {
        pid_t pid = program->process.pid;
        if (program->process.ended || observe_is_stopped(pid) || used >= size)
            continue;
        const char *call = observe_system_call(pid, pid);
        if (call != NULL)
            used += (size_t)snprintf(why_not + used, size - used, "%s sleeps in %s, ",
                                     program->name, call);
    }
    if (used < size)
        snprintf(why_not + used, size - used, "%s", what);
}

static bool has_running(const struct program *programs)
{
    for (; programs != NULL; programs = programs->next)
        if (!programs->process.ended)
            return true;
    return false;
}

static double slowdown(const struct program *programs)
{
    for (; programs != NULL; programs = programs->next)
        if (!programs->process.ended && programs->under != UNDER_NOTHING)
            return SLOWDOWN;
    return 1;
}

bool patience_go_on(void *arg, double waited, char *why_not, size_t size)
{
    struct patience_state *state = arg;
    struct program *programs = *state->programs;
    struct activity activity;
    bool first = waited <= state->last_waited;
    double start = now();

    if (!first && start < state->next_look)
        return true;
    state->last_waited = waited;
    patience_enforce_limits(programs, &activity);
    // Looking at hundreds of threads takes a while: never more than a quarter of the time.
    double end = now();
    state->next_look = end + 3 * (end - start) + 0.002;
    // What has ended takes its processor time along.
    if (first || activity.cpu_ns < state->cpu_at_start)
        state->cpu_at_start = activity.cpu_ns;
    if (first || activity.moves != state->moves || activity.runnable)
        state->idle_since = waited;
    state->moves = activity.moves;
    if (first)
        state->slept = 0;
    else if (!activity.runnable && waited - state->last_look < longest_look)
        state->slept += waited - state->last_look;
    state->last_look = waited;

    if (!has_running(programs) && activity.processes == 0 && programs != NULL)
        snprintf(why_not, size, "%s has ended", programs->name);
    else if (waited - state->idle_since > state->idle_seconds)
        tell_idle(programs, "nothing moves any more", why_not, size);
    else if (state->slept > NAPS * state->idle_seconds)
        tell_idle(programs, "it wakes and sleeps again, and nothing comes of it", why_not, size);
    else if ((double)(activity.cpu_ns - state->cpu_at_start) / 1e9 >
             state->cpu_seconds * slowdown(programs))
        snprintf(why_not, size, "it computed for %g s", state->cpu_seconds * slowdown(programs));
    else if (waited > state->wall_seconds)
        snprintf(why_not, size, "waited %g s", state->wall_seconds);
    else
        return true;
    return false;
}
