/*
 * units.c - the parsers of the grader, fed with what nobody should write.
 *
 * Built and run by units.bats.
 */
#include "compiler.h"
#include "forgery.h"
#include "tap.h"
#include "text.h"

#include <criterion/criterion.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXITED_0 = 0, EXITED_1 = 1 << 8, KILLED = 9 };

static void read_tap(struct tap *tap, const char *bytes, size_t size, size_t piece)
{
    tap_start(tap, 0);
    for (size_t at = 0; at < size; at += piece)
        tap_feed(tap, bytes + at, size - at < piece ? size - at : piece, 1);
    tap_end(tap, 1);
}

// The complaint about a stream; "" for none.
static const char *complaint(const char *stream, int status)
{
    static char kept[512];
    struct tap tap;
    read_tap(&tap, stream, strlen(stream), 7);
    char *wrong = tap_complaint(&tap, status);
    snprintf(kept, sizeof kept, "%s", wrong == NULL ? "" : wrong);
    free(wrong);
    tap_free(&tap);
    return kept;
}

// xorshift32: the same bytes in every run
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void expect_safe(const char *text)
{
    const char *at = text, *end = text + strlen(text);
    while (at < end) {
        long code = next_character(&at, end);
        cr_assert(code >= 0x20 && code != 0x7f && !(code >= 0x80 && code < 0xa0) && code != 0x202e,
                  "unsafe %lx in: %s", (unsigned long)code, text);
    }
}

// --- tap ----------------------------------------------------------------------------------------

Test(tap, reads_results_and_facts)
{
    static const char stream[] = "1..3\n"
                                 "ok 1 one: it is\n"
                                 "not ok 2 two-b: it is # not so\n"
                                 "# (in test file x.bats, line 1)\n"
                                 "# did| this\n"
                                 "# got|   indented\n"
                                 "# got|\n"
                                 "ok 3 three: it is # skip needs two-b\n";
    for (size_t piece = 1; piece < sizeof stream; piece++) {
        struct tap tap;
        read_tap(&tap, stream, strlen(stream), piece);
        cr_assert_eq(tap.count, 3);
        cr_assert_str_eq(tap.test[0].id, "one");
        cr_assert_str_eq(tap.test[0].sentence, "it is");
        cr_assert(tap.test[0].ok && !tap.test[1].ok && tap.test[2].ok);
        cr_assert_str_eq(tap.test[1].id, "two-b");
        cr_assert_str_eq(tap.test[1].sentence, "it is # not so");
        cr_assert_eq(tap.test[1].facts.count, 3);
        cr_assert_str_eq(facts_find(&tap.test[1].facts, FACT_DID), "this");
        cr_assert_str_eq(tap.test[1].facts.fact[1].text, "  indented");
        cr_assert_str_eq(tap.test[1].facts.fact[2].text, "");
        cr_assert_str_eq(tap.test[2].skipped, "needs two-b");
        cr_assert_str_eq(tap.test[2].sentence, "it is");
        cr_assert_eq(tap.noise.count, 1);
        tap_free(&tap);
    }
}

Test(tap, complains_of_what_does_not_fit)
{
    cr_assert_str_eq(complaint("1..1\nok 1 a: b\n", EXITED_0), "");
    cr_assert_str_eq(complaint("ok 1 a: b\n1..1", EXITED_0), "");
    cr_assert_str_eq(complaint("1..1\nnot ok 1 a: b\n", EXITED_1), "");
    cr_assert_str_neq(complaint("", EXITED_0), "");
    cr_assert_str_neq(complaint("ok 1 a: b\n", EXITED_0), "");
    cr_assert_str_neq(complaint("1..2\nok 1 a: b\n", EXITED_0), "");
    cr_assert_str_neq(complaint("1..1\nok 1 a: b\nok 2 a: b\n", EXITED_0), "");
    cr_assert_str_neq(complaint("1..1\nok 1 a: b\n", EXITED_1), "");
    cr_assert_str_neq(complaint("1..1\nnot ok 1 a: b\n", EXITED_0), "");
    cr_assert_str_neq(complaint("1..1\nok 1 a: b\n", KILLED), "");
    cr_assert_str_neq(complaint("1..1\nok 1 a: b\n1..1\n", EXITED_0), "");
    cr_assert_str_neq(complaint("1..99999999999999999999\n", EXITED_0), "");
    cr_assert_str_neq(complaint("1..1\nok 99999999999999999999 a: b\n", EXITED_0), "");
    cr_assert_str_neq(complaint("1..1\nok 1 a: b\nBail out! why\n", EXITED_0), "");
}

Test(tap, is_not_misled_by_lines_that_only_look_like_results)
{
    static const char stream[] = "1..1\n"
                                 " ok 1 a: indented\n"
                                 "# ok 1 a: a comment\n"
                                 "okay 1 a: a word\n"
                                 "not okay\n"
                                 "got| before any test\n"
                                 "ok 1 a: the one\n";
    struct tap tap;
    read_tap(&tap, stream, strlen(stream), 5);
    cr_assert_eq(tap.count, 1);
    cr_assert_str_eq(tap.test[0].sentence, "the one");
    cr_assert_eq(tap.test[0].facts.count, 0);
    tap_free(&tap);
}

Test(tap, is_bounded)
{
    enum { LINES = 100000, LINE = 100000 };
    struct tap tap;
    tap_start(&tap, 0);
    char *line = malloc(LINE);
    memset(line, 'x', LINE);
    tap_feed(&tap, "not ok 1 a: b\n", 14, 0);
    for (int i = 0; i < 100; i++)
        tap_feed(&tap, line, LINE, 0); // one line of 10 MB
    tap_feed(&tap, "\n", 1, 0);
    cr_assert_lt(tap.line.size, 8192);
    for (int i = 0; i < LINES; i++)
        tap_feed(&tap, "# got| again\n", 13, 0);
    cr_assert_lt(tap.test[0].facts.count, 1000);
    for (int i = 0; i < LINES; i++)
        tap_feed(&tap, "ok 1 a: b\nnoise\n", 16, 0);
    cr_assert_leq(tap.count, 1000);
    cr_assert_lt(tap.noise.count, 100);
    tap_end(&tap, 0);
    free(tap_complaint(&tap, EXITED_0));
    free(line);
    tap_free(&tap);
}

// Random bytes, among them the words that mean something, whole and in pieces.
Test(tap, survives_any_bytes)
{
    static const char *const words[] = {"\n",    "ok ",   "not ok ", "1..",  "# ",       "did|",
                                        "got| ", "skip ", "a: ",     "\xc3", "\xe2\x80", "\0"};
    uint32_t state = 42;
    for (int round = 0; round < 500; round++) {
        struct text stream = {0};
        for (int i = 0; i < 300; i++) {
            uint32_t word = next_random(&state) % 24;
            char byte = (char)next_random(&state);
            if (word < sizeof words / sizeof *words)
                text_add(&stream, words[word], strlen(words[word]) + (words[word][0] == '\0'));
            else
                text_add(&stream, &byte, 1);
        }
        struct tap whole, pieces;
        read_tap(&whole, stream.bytes, stream.size, stream.size);
        read_tap(&pieces, stream.bytes, stream.size, 1 + next_random(&state) % 10);
        cr_assert_eq(whole.count, pieces.count);
        cr_assert_eq(whole.plan, pieces.plan);
        for (size_t i = 0; i < whole.count; i++) {
            const struct test *test = &whole.test[i];
            cr_assert_str_eq(test->id, pieces.test[i].id);
            cr_assert_str_eq(test->sentence, pieces.test[i].sentence);
            expect_safe(test->sentence);
            for (size_t j = 0; j < test->facts.count; j++)
                expect_safe(test->facts.fact[j].text);
        }
        free(tap_complaint(&whole, EXITED_0));
        tap_free(&whole);
        tap_free(&pieces);
        text_free(&stream);
    }
}

// --- text ---------------------------------------------------------------------------------------

static void expect_clean(const char *bytes, size_t size, size_t max, const char *expected)
{
    char *clean = clean_text(bytes, size, max);
    cr_assert_str_eq(clean, expected);
    free(clean);
}

Test(text, clean_text_makes_any_bytes_safe)
{
    expect_clean("", 0, 100, "");
    expect_clean("a\tb\r\n", 5, 100, "a\\tb\\r\\n");
    expect_clean("\0x", 2, 100, "\\x00x");
    expect_clean("\x1b[31m", 5, 100, "\\x1b[31m");
    expect_clean("\xe4\xb8\xad", 3, 100, "\xe4\xb8\xad");
    expect_clean("\xe4\xb8", 2, 100, "\xef\xbf\xbd\xef\xbf\xbd");                 // cut off
    expect_clean("\xc0\x80", 2, 100, "\xef\xbf\xbd\xef\xbf\xbd");                 // overlong
    expect_clean("\xed\xa0\x80", 3, 100, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); // surrogate
    expect_clean("\xf4\x90\x80\x80", 4, 100,
                 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); // beyond Unicode
    expect_clean("\xe2\x80\xae", 3, 100, "\\u{202e}");
    expect_clean("abcdef", 6, 3, "abc ...");
    expect_clean("ab\xe4\xb8\xad", 5, 3, "ab\xe4\xb8\xad ..."); // never within a character
}

static void expect_words(const char *words, const char *expected)
{
    expect_clean(words, strlen(words), 1000, expected);
}

Test(text, clean_text_leaves_no_command_for_a_runner)
{
    expect_words("::error file=x::no", "\\x3a:error file=x::no");
    expect_words("  ::stop-commands::x", "  \\x3a:stop-commands::x");
    expect_words("a ##[error]no", "a \\x23#[error]no");
    expect_words("###[x", "#\\x23#[x");
    // These are none.
    expect_words("[::1]:9876 and ::ffff:127.0.0.1 and ::1",
                 "[::1]:9876 and ::ffff:127.0.0.1 and ::1");
    expect_words("std::string ##", "std::string ##");
    expect_words("::", "::");
    expect_words("\xef\xbf\xbf", "\\u{ffff}"); // which XML does not allow
}

Test(text, expand_tabs_keeps_columns)
{
    char *wide = expand_tabs("\ta\t\xe4\xb8\xad\tb");
    cr_assert_str_eq(wide, "        a       \xe4\xb8\xad       b");
    free(wide);
}

// --- forgery --------------------------------------------------------------------------------------

static void expect_forgery(const char *text, const char *line)
{
    size_t length = 0;
    const char *found = forgery_find(text, strlen(text), &length);
    if (line == NULL) {
        cr_assert_null(found, "%s", text);
    } else {
        cr_assert_not_null(found, "%s", text);
        cr_assert_eq(length, strlen(line));
        cr_assert_eq(strncmp(found, line, length), 0);
    }
}

Test(forgery, what_imitates_a_verdict_is_found)
{
    expect_forgery("hello\nok 1 reap: forged\n", "ok 1 reap: forged");
    expect_forgery("not ok 2 - x: y", "not ok 2 - x: y");
    expect_forgery("1..11\n", "1..11");
    expect_forgery("# got| nothing\n", "# got| nothing");
    expect_forgery("expected| 5\n", "expected| 5");
    expect_forgery("\n::notice title=x::100\n", "::notice title=x::100");
    expect_forgery("x ##[error]y\n", "x ##[error]y");
}

Test(forgery, what_a_server_says_is_none)
{
    expect_forgery("", NULL);
    expect_forgery("\n\n", NULL);
    expect_forgery("server: listening on port 9876\n1 client\nok\nok 5 bytes\n1..2 clients\n",
                   NULL);
    expect_forgery("[::1]:4242 connected\n::1 left\ngot 5 bytes|x\n", NULL);
}

// --- compiler -----------------------------------------------------------------------------------

Test(compiler, finds_the_first_error_and_counts_own_warnings)
{
    static const char output[] =
        "  cc    labs/lab01-one/one.c\n"
        "labs/lab01-one/one.c: In function 'f':\n"
        "labs/lab01-one/one.c:1:20: warning: unused variable 'y' [-Wunused-variable]\n"
        "    1 | int f(int x) { int y; return z + x; }\n"
        "      |                    ^\n"
        "labs/lab01-one/one.c:1:30: error: 'z' undeclared\n"
        "    1 | int f(int x) { int y; return \": error: \"; }\n"
        "      |                              ^\n"
        "labs/lab01-one/one.c:1:30: note: each undeclared identifier\n"
        "labs/lab01-one/one.c:9:1: error: second\n"
        "grading/lab01/check.c:9:1: warning: not the learner's\n"
        "make: *** [Makefile:1: x] Error 1\n";
    struct compiler_report report;
    compiler_read(&report, output, strlen(output), "/root", "labs/lab01-one/");
    cr_assert_str_eq(report.error_file, "labs/lab01-one/one.c");
    cr_assert_eq(report.error.count, 3);
    cr_assert_str_eq(report.error.line[0], "labs/lab01-one/one.c:1:30: error: 'z' undeclared");
    cr_assert_eq(report.warnings, 1);
    cr_assert_eq(report.first_warning.count, 3);
    compiler_free(&report);
}

Test(compiler, shortens_what_the_linker_says)
{
    static const char output[] = "/usr/bin/ld: build/x.o: in function `main':\n"
                                 "/usr/bin/ld: /root/labs/one.c:4: undefined reference to `f'\n"
                                 "collect2: error: ld returned 1 exit status\n";
    struct compiler_report report;
    compiler_read(&report, output, strlen(output), "/root", "labs/");
    cr_assert_null(report.error_file);
    cr_assert_eq(report.error.count, 1);
    cr_assert_str_eq(report.error.line[0], "labs/one.c:4: undefined reference to `f'");
    compiler_free(&report);
}
