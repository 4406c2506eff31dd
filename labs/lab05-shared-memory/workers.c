/*
 * workers.c - the worker processes: as many as were asked for, whatever becomes of each of them.
 *
 *     place    0         1         2         3
 *     pid    [ 4101 ]  [ 4102 ]  [  0   ]  [ 4104 ]      0: there is none
 *     due                          1.7 s                 not before that, there is another one
 *
 * A place gets no more than five processes a second. If there is something that kills every new
 * worker at once, the machine stays usable until somebody has found out what.
 */
#include "workers.h"

#include "serve.h"

#include <err.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "todo.h"

enum { PAUSE_MS = 200 };

static struct {
    pid_t pid;   // 0 for none
    int64_t due; // the earliest time for the next start, in ms
} places[WORKERS_MAX];

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void start_worker(size_t place, int lfd, struct statistics *statistics)
{
    // As in lab03, but before there is a client. If there is no child, it will be tried again.
    pid_t pid = fork();
    switch (pid) {
    case -1:
        warn("fork");
        break;
    case 0:
        serve_clients(lfd, statistics); // does not return
    default:
        places[place].pid = pid;
        break;
    }

    // Step 8: not before PAUSE_MS have passed is it this place's turn again.
}

int start_missing_workers(size_t count, int lfd, struct statistics *statistics)
{
    int64_t next = -1;
    for (size_t i = 0; i < count; i++) {
        if (places[i].pid == 0 && places[i].due <= now_ms()) {
            start_worker(i, lfd, statistics);
        }
        if (places[i].pid == 0 && (next == -1 || places[i].due < next)) {
            next = places[i].due;
        }
    }
    if (next == -1) {
        return -1;
    }
    int64_t left = next - now_ms();
    return left > 0 ? (int)left : 0;
}

static void tell_end(pid_t pid, int status)
{
    if (WIFSIGNALED(status)) {
        warnx("worker %d: %s", (int)pid, strsignal(WTERMSIG(status)));
    } else {
        warnx("worker %d: ended with status %d", (int)pid, WEXITSTATUS(status));
    }
}

void reap_workers(void)
{
    // waitpid(2) for all that have ended, WNOHANG, as in lab03. Tell of each, and empty its place.
    (void)tell_end;
}

void end_workers(void)
{
    // kill(2) every worker, then wait for every one: as long as one lives, the port is taken.
    TODO(10);
}
