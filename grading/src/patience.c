/*
 * patience.c - see patience.h.
 */
#include "patience.h"

#include "clock.h"

#include <string.h>

enum {
    SLOWDOWN = 3, // instrumented programs compute longer; a start of valgrind takes half a second
    TRACED = 5,   // strace takes its time at each call, while the program sleeps
    IN_ALL = 10,  // times idle_seconds, for one that brings everything late
    GAP_MS = 100, // two looks that are farther apart: it was we who could not run
};
// Times idle_seconds, for one that wakes up now and then and brings nothing.
static const double restless = 2.5;

void patience_init(struct patience_state *state, struct program **programs)
{
    *state = (struct patience_state){
        .programs = programs, .idle_seconds = 1, .cpu_seconds = 1, .wall_seconds = 600};
}

static void add_activity(struct activity *sum, const struct activity *more)
{
    sum->cpu_ns += more->cpu_ns;
    sum->delay_ns += more->delay_ns;
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

// Tells where the first thread of each program sleeps.
static void tell_idle(const struct program *programs, char *why_not, size_t size)
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
        snprintf(why_not + used, size - used, "nothing moves any more");
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

static bool is_traced(const struct program *programs)
{
    for (; programs != NULL; programs = programs->next)
        if (!programs->process.ended && programs->process.traced)
            return true;
    return false;
}

// Lets the quiet clock go on by the time since the last look, as far as all threads slept.
static void pass_quiet_time(struct patience_state *state, double looked,
                            const struct activity *activity)
{
    double passed = looked - state->last_look, delayed = 0;
    if (activity->delay_ns > state->delay_ns) // less: a thread has ended, and took its own along
        delayed = (double)(activity->delay_ns - state->delay_ns) / 1e9;
    if (passed > GAP_MS / 1e3)
        passed = GAP_MS / 1e3;
    if (!activity->runnable && delayed < passed) {
        state->quiet += passed - delayed;
        state->all_quiet += passed - delayed;
    }
}

bool patience_go_on(void *arg, double since, char *why_not, size_t size)
{
    struct patience_state *state = arg;
    struct program *programs = *state->programs;
    struct activity activity;
    bool first = since != state->since;
    double start = now_seconds();

    if (!first && start < state->next_look)
        return true;
    state->since = since;
    patience_enforce_limits(programs, &activity);
    // Looking at hundreds of threads takes a while: never more than a quarter of the time.
    double end = now_seconds();
    state->next_look = end + 3 * (end - start) + 0.002;
    if (first)
        state->quiet = 0;
    else
        pass_quiet_time(state, start, &activity);
    state->last_look = start;
    state->delay_ns = activity.delay_ns;
    // What has ended takes its processor time along.
    if (first || activity.cpu_ns < state->cpu_at_start)
        state->cpu_at_start = activity.cpu_ns;
    if (first || activity.moves != state->moves || activity.runnable)
        state->moved_at = state->quiet;
    state->moves = activity.moves;
    double computed = (double)(activity.cpu_ns - state->cpu_at_start) / 1e9;
    double idle = state->idle_seconds, most = state->cpu_seconds * slowdown(programs);
    double slow = is_traced(programs) ? TRACED * idle : idle;
    if (!has_running(programs) && activity.processes == 0 && programs != NULL)
        snprintf(why_not, size, "%s has ended", programs->name);
    else if (state->quiet - state->moved_at > idle)
        tell_idle(programs, why_not, size);
    else if (computed > most)
        snprintf(why_not, size, "it computed for %g s", most);
    else if (state->quiet > restless * slow)
        snprintf(why_not, size, "it wakes and sleeps again, and nothing comes of it");
    else if (state->all_quiet > IN_ALL * slow)
        snprintf(why_not, size, "too slow: waited %g s in all", IN_ALL * slow);
    else if (start - since > state->wall_seconds)
        snprintf(why_not, size, "waited %g s", state->wall_seconds);
    else
        return true;
    return false;
}
