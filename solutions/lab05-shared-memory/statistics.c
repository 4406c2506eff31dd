/*
 * statistics.c - what the workers count together, in memory that all of them have.
 *
 *     parent     statistics ---.
 *     worker 1   statistics ---+---> [ clients | bytes | lock | row | row | ...     one page
 *     worker 2   statistics ---'
 *
 *     parent     plain 0             a variable of the usual kind: after fork(2), each process
 *     worker 1   plain 17            writes to its own
 *     worker 2   plain 12
 *
 * A number that all of them add to is atomic: no addition is lost. A row is found, and changed, with
 * the lock held. A process can be killed while it holds it, and can't give it back then; the kernel
 * does, for a mutex that is robust.
 */
#include "statistics.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

static unsigned long plain; // what becomes of it?

/* Makes the lock one that processes can share, and that outlives who holds it. */
static void init_lock(pthread_mutex_t *lock)
{
    // pthread_mutexattr_setpshared(3), pthread_mutexattr_setrobust(3): both are needed.
    // [step 9] (void)lock;
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    // [/step 9]
}

struct statistics *share_statistics(void)
{
    struct statistics *statistics;

    // Get a page of memory with mmap(2): MAP_SHARED and MAP_ANONYMOUS. It is all 0 at first. (Until
    // that is written, a static variable is in its place. Then everybody counts for himself.)
    // [step 6] static struct statistics own; statistics = &own;
    statistics =
        mmap(NULL, sizeof *statistics, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (statistics == MAP_FAILED) {
        return NULL;
    }
    // [/step 6]

    init_lock(&statistics->lock);
    return statistics;
}

// --- Rows ----------------------------------------------------------------------------------------

static void lock_rows(struct statistics *statistics)
{
    // EOWNERDEAD: this process has the lock, as its last owner died. What that one was about may be
    // half done. Here a row is counted when it is whole, and `rows` is atomic so that no compiler
    // turns that round. So there is nothing to mend but the lock: pthread_mutex_consistent(3).
    // Without it, nobody gets the lock again.
    // [step 9] (void)statistics;
    int error = pthread_mutex_lock(&statistics->lock);
    if (error == EOWNERDEAD) {
        error = pthread_mutex_consistent(&statistics->lock);
    }
    if (error != 0) {
        errno = error;
        err(EXIT_FAILURE, "pthread_mutex_lock");
    }
    // [/step 9]
}

static void unlock_rows(struct statistics *statistics)
{
    // [step 9] (void)statistics;
    pthread_mutex_unlock(&statistics->lock);
    // [/step 9]
}

// The row of this address, a new one if need be. With the lock held.
static struct row *find_row(struct statistics *statistics, struct in_addr from)
{
    // Look through the rows in use. For a new one: first write all that is in it, then count it in
    // `rows`, and not the other way round. When all are in use: others.
    // [step 9] (void)from; return &statistics->others;
    for (size_t i = 0; i < statistics->rows; i++) {
        if (statistics->row[i].address.s_addr == from.s_addr) {
            return &statistics->row[i];
        }
    }
    if (statistics->rows == ROWS) {
        return &statistics->others;
    }
    struct row *row = &statistics->row[statistics->rows];
    *row = (struct row){.address = from};
    statistics->rows++;
    return row;
    // [/step 9]
}

// --- Counting ------------------------------------------------------------------------------------

void count_client(struct statistics *statistics, struct in_addr from)
{
    // Add 1 to `clients`, and to `plain` to see what becomes of that: atomic_fetch_add, C11 7.17.7.
    // [step 6]
    atomic_fetch_add(&statistics->clients, 1);
    plain++;
    // [/step 6]

    lock_rows(statistics);
    find_row(statistics, from)->visits++;
    unlock_rows(statistics);
}

void count_bytes(struct statistics *statistics, size_t bytes)
{
    // Step 6: the same for `bytes`.
    // [step 6] (void)statistics, (void)bytes;
    atomic_fetch_add(&statistics->bytes, bytes);
    // [/step 6]
}

static void print_row(const char *name, const struct row *row)
{
    printf("%s: visits %lu\n", name, row->visits);
}

void print_statistics(struct statistics *statistics)
{
    // The line of totals: `clients 29 bytes 4711`, and what you like behind it.
    // [step 6] TODO(6, plain);
    printf("clients %lu bytes %lu (in a variable of the usual kind: %lu)\n",
           atomic_load(&statistics->clients), atomic_load(&statistics->bytes), plain);
    // [/step 6]

    // Nobody should wait for the lock until a terminal has taken what is printed.
    static struct row row[ROWS];
    lock_rows(statistics);
    size_t rows = statistics->rows;
    for (size_t i = 0; i < rows; i++) {
        row[i] = statistics->row[i];
    }
    struct row others = statistics->others;
    unlock_rows(statistics);

    for (size_t i = 0; i < rows; i++) {
        char name[INET_ADDRSTRLEN];
        print_row(inet_ntop(AF_INET, &row[i].address, name, sizeof name), &row[i]);
    }
    if (others.visits > 0) {
        print_row("others", &others);
    }
    fflush(stdout);
}
