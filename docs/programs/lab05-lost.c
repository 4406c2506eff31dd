/*
 * lab05-lost.c - two processes add to the same number: is anything missing at the end?
 *
 * Usage: lab05-lost plain|atomic
 *
 *     child 1   1000000 times + 1 ---.
 *                                    +---> [ number ]    a page that both have
 *     child 2   1000000 times + 1 ---'
 *
 * If the two happen not to meet, nothing is lost. So with `plain` there is another round, and another,
 * until something is; on most machines the first one is enough.
 */
#include <err.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ADDITIONS = 1000000, CHILDREN = 2 };

struct numbers {
    atomic_int ready; // so many children are there
    volatile long plain;
    atomic_long whole;
};

static struct numbers *shared;
static bool is_atomic;

static void add(void)
{
    if (is_atomic) {
        atomic_fetch_add(&shared->whole, 1);
    } else {
        shared->plain = shared->plain + 1;
    }
}

static _Noreturn void be_a_child(void)
{
    shared->ready++;
    while (shared->ready < CHILDREN) {
        sched_yield(); // let the other one begin, too
    }
    for (int i = 0; i < ADDITIONS; i++) {
        add();
    }
    _exit(EXIT_SUCCESS);
}

// Returns how many additions are missing.
static long count_missing(void)
{
    memset(shared, 0, sizeof *shared);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid == -1) {
            err(EXIT_FAILURE, "fork");
        }
        if (pid == 0) {
            be_a_child();
        }
    }
    while (wait(NULL) > 0) {
        continue;
    }
    return CHILDREN * (long)ADDITIONS - (is_atomic ? shared->whole : shared->plain);
}

int main(int argc, char *argv[])
{
    is_atomic = argc == 2 && strcmp(argv[1], "atomic") == 0;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        err(EXIT_FAILURE, "mmap");
    }
    long missing = 0;
    for (int rounds = is_atomic ? 5 : 1000; rounds > 0 && missing == 0; rounds--) {
        missing = count_missing();
    }
    puts(missing == 0 ? "nothing is missing" : "some are missing");
    return EXIT_SUCCESS;
}
