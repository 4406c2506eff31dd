/*
 * criterion_tap.h - checks of C functions, told as TAP.
 *
 * Criterion runs each check in a process of its own. What a check did, expected and got is kept in
 * memory that this process shares with the reporter, so that the story is there even if a function
 * crashes, never returns, or ends the program.
 *
 *     CHECK(port, rejects, "refuses what is not a port")
 *     {
 *         uint16_t port = 4242;
 *         check_case();
 *         check_did("parse_port(%s, &port)", check_quote("80x"));
 *         check_expected("it returns -1 with errno EINVAL");
 *         if (parse_port("80x", &port) != -1) {
 *             check_got("it returned 0");
 *         }
 *     }
 *
 * prints `ok 1 port: refuses what is not a port`, or `not ok 1 ...` and the story.
 * A check passes only when it ran to its end, and the functions printed nothing.
 */
#ifndef CRITERION_TAP_H
#define CRITERION_TAP_H

#include <criterion/criterion.h>

#include <stddef.h>
#include <stdint.h>

/* A check of one step: '_' in step stands for the '-' of its id. The sentence holds no '#'. */
#define CHECK(step, name, sentence)                                                                \
    static void check_##step##_##name(void);                                                       \
    Test(step, name, .description = (sentence))                                                    \
    {                                                                                              \
        check_begin(#step);                                                                        \
        check_##step##_##name();                                                                   \
        check_end();                                                                               \
    }                                                                                              \
    static void check_##step##_##name(void)

#define CHECK_FORMAT __attribute__((format(printf, 1, 2)))

/* Forgets the story so far: the next case begins. Everything passed until here. */
void check_case(void);

/* The function has come farther: slow it may be, but it does not loop. It gets its time anew. */
void check_goes_on(void);

/* One thing that is done now, in order. Say it before doing it. */
CHECK_FORMAT void check_did(const char *format, ...);

/* What the contract says of it. Replaces what was expected before. */
CHECK_FORMAT void check_expected(const char *format, ...);

/* A fact that helps. */
CHECK_FORMAT void check_note(const char *format, ...);

/* A command line that shows the same by hand: the lab's program with these arguments. */
CHECK_FORMAT void check_try(const char *format, ...);

/* What came instead, in one or more lines. The check has failed and ends. */
_Noreturn CHECK_FORMAT void check_got(const char *format, ...);

/* The check itself could not do its work. It ends. */
_Noreturn CHECK_FORMAT void check_broken(const char *format, ...);

/* Fails, with the bytes round the first difference, unless both are the same. */
void check_same(const void *expected, size_t expected_size, const void *got, size_t got_size);

/* `"text"` as C would write it; and a word for a shell. Valid until the eighth call after it. */
const char *check_quote(const char *text);
const char *check_word(const char *text);

/* `EPIPE (Broken pipe)`. Valid as long. */
const char *check_errno(int error);

/* Where the lab's program can be started from the root of the course, such as build/labs/lab00. */
const char *check_directory(void);

/* Random numbers, the same ones for the same $SEED and the same check. */
uint32_t check_random(void);

/* For CHECK. */
void check_begin(const char *step);
void check_end(void);

#endif
