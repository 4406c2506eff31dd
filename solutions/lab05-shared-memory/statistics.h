/*
 * statistics.h - what the workers count together, in memory that all of them have.
 */
#ifndef STATISTICS_H
#define STATISTICS_H

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

// So many addresses have a row of their own. All others share one.
enum { ROWS = 64 };

struct row {
    struct in_addr address;
    unsigned long visits;
};

struct statistics {
    atomic_ulong clients, bytes; // each is good by itself, and needs no lock
    pthread_mutex_t lock;        // for what follows: a row is more than one number
    atomic_size_t rows;          // so many of them are in use, and whole
    struct row row[ROWS];
    struct row others;
};

/*
 * Makes statistics, all 0, that this process and all that it forks afterwards have in common. They
 * are never freed. NULL, with errno, if there is no memory.
 */
struct statistics *share_statistics(void);

/* A client has come from this address; one has sent so many bytes more. Any process may call them. */
void count_client(struct statistics *statistics, struct in_addr from);
void count_bytes(struct statistics *statistics, size_t bytes);

/* Prints them to stdout, flushed: a line of totals, then a line for each address. */
void print_statistics(struct statistics *statistics);

#endif
