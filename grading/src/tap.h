/*
 * tap.h - reads what a check program prints: TAP, each test named `id: sentence`, with keyed lines
 * of explanation in its diagnostics:
 *
 *     1..2
 *     not ok 1 reap: fifty children that end at the same instant leave no zombie
 *     # expected| no child of 4183 is left
 *     # got| 37 zombies: 4190 4191 ...
 *     ok 2 fork: two clients at once # skip needs start
 *
 * bats also says `begin 2 fork: two clients at once` when told so: then the explanation of the test
 * before is complete. Else it is when the next result comes.
 *
 * Nothing in the stream is trusted: bytes are made safe, lines and their number are bounded, and
 * whatever does not fit together is remembered for tap_complaint().
 */
#ifndef TAP_H
#define TAP_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* What a keyed line tells. */
enum fact_kind {
    FACT_DID,      // one thing that was done
    FACT_EXPECTED, // what should have come
    FACT_GOT,      // what came
    FACT_NOTE,     // what else is known: last words, exits
    FACT_TRY,      // a command line that shows it by hand
    FACT_TODO,     // FILE:LINE: step N is not written yet
    FACT_BROKEN,   // why the check itself could not work
};

struct fact {
    enum fact_kind kind;
    char *text;
};

/* Facts in the order they came. Start with {0}. */
struct facts {
    struct fact *fact;
    size_t count;
};

/* Takes over a malloc'ed text. */
void facts_add(struct facts *facts, enum fact_kind kind, char *text);
/* The first fact of this kind, or NULL. */
const char *facts_find(const struct facts *facts, enum fact_kind kind);
void facts_copy(struct facts *to, const struct facts *from);
void facts_free(struct facts *facts);

struct test {
    char *id;       // "" when the name has none
    char *sentence; // the name without the id
    char *skipped;  // why it was skipped, or NULL
    bool ok;
    double seconds; // since it began, as far as that was told
    struct facts facts;
};

/* A stream being read. Start with tap_start(); the members up to the bar are for all to read. */
struct tap {
    struct test *test;
    size_t count;
    size_t complete;    // of how many the explanation has come to its end
    long plan;          // how many tests were promised; -1: no plan yet
    struct lines noise; // the last lines that are none of TAP
    // ---
    struct text line; // begun and not yet ended
    char *complaint;
    double last;
};

/* `now` is a time in seconds, here and below. */
void tap_start(struct tap *tap, double now);
void tap_feed(struct tap *tap, const char *bytes, size_t size, double now);
/* The stream has ended: a last line without its newline counts. */
void tap_end(struct tap *tap, double now);
void tap_free(struct tap *tap);

/* What does not fit together in a stream that has ended, with the exit status of the program
 * that wrote it (as from waitpid(2)). malloc'ed; NULL when all is well. */
char *tap_complaint(const struct tap *tap, int status);

#endif
