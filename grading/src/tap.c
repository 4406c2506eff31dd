/*
 * tap.c - see tap.h.
 */
#include "tap.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

// Far beyond what a check needs, and small enough that no stream fills the memory.
enum { LONGEST_LINE = 4096, MOST_TESTS = 1000, MOST_FACTS = 200, MOST_NOISE = 20 };

static const struct {
    const char *key;
    enum fact_kind kind;
} keys[] = {
    {"did|", FACT_DID},       {"expected|", FACT_EXPECTED}, {"got|", FACT_GOT},
    {"note|", FACT_NOTE},     {"try|", FACT_TRY},           {"todo|", FACT_TODO},
    {"broken|", FACT_BROKEN},
};

void facts_add(struct facts *facts, enum fact_kind kind, char *text)
{
    facts->fact = grow(facts->fact, facts->count + 1, sizeof *facts->fact);
    facts->fact[facts->count++] = (struct fact){kind, text};
}

const char *facts_find(const struct facts *facts, enum fact_kind kind)
{
    for (size_t i = 0; i < facts->count; i++)
        if (facts->fact[i].kind == kind)
            return facts->fact[i].text;
    return NULL;
}

void facts_copy(struct facts *to, const struct facts *from)
{
    for (size_t i = 0; i < from->count; i++)
        facts_add(to, from->fact[i].kind, copy_text(from->fact[i].text));
}

void facts_free(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++)
        free(facts->fact[i].text);
    free(facts->fact);
    *facts = (struct facts){0};
}

void tap_start(struct tap *tap, double now)
{
    *tap = (struct tap){.plan = -1, .last = now};
}

void tap_free(struct tap *tap)
{
    for (size_t i = 0; i < tap->count; i++) {
        free(tap->test[i].id);
        free(tap->test[i].sentence);
        free(tap->test[i].skipped);
        facts_free(&tap->test[i].facts);
    }
    free(tap->test);
    lines_free(&tap->noise);
    text_free(&tap->line);
    free(tap->complaint);
    *tap = (struct tap){0};
}

// Only the first complaint counts: the others mostly follow from it.
static void complain(struct tap *tap, char *complaint)
{
    if (tap->complaint == NULL)
        tap->complaint = complaint;
    else
        free(complaint);
}

static void read_plan_line(struct tap *tap, const char *line)
{
    long plan = strtol(line + strlen("1.."), NULL, 10);
    if (tap->plan >= 0)
        complain(tap, format_text("there are two plans"));
    else if (plan < 0 || plan > MOST_TESTS)
        complain(tap, format_text("the plan '%s' makes no sense", line));
    else
        tap->plan = plan;
}

// Splits `reap: all are reaped` into id and sentence.
static void name_test(struct test *test, const char *name)
{
    size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    bool has_id = size > 0 && name[size] == ':';
    test->id = has_id ? format_text("%.*s", (int)size, name) : copy_text("");
    name += has_id ? size + 1 : 0;
    name += strspn(name, ": ");
    test->sentence = copy_text(name);
}

// Cuts `# skip needs fork` off a name. Returns the reason (malloc'ed), or NULL.
static char *cut_skip(char *name)
{
    for (char *hash = strchr(name, '#'); hash != NULL; hash = strchr(hash + 1, '#')) {
        const char *word = hash + 1 + strspn(hash + 1, " ");
        if (hash == name || hash[-1] != ' ' || strncasecmp(word, "skip", 4) != 0)
            continue;
        char *reason = copy_text(word + 4 + strspn(word + 4, ": "));
        while (hash > name && hash[-1] == ' ')
            hash--;
        *hash = '\0';
        return reason;
    }
    return NULL;
}

// `rest` is what follows `ok` or `not ok`.
static void read_result(struct tap *tap, bool ok, const char *rest, double now)
{
    rest += strspn(rest, " ");
    size_t digits = strspn(rest, "0123456789");
    if (digits > 0 && strtoul(rest, NULL, 10) > MOST_TESTS)
        complain(tap, format_text("the test number %.*s makes no sense", 10, rest));
    rest += digits;
    rest += strspn(rest, " ");
    if (rest[0] == '-' && rest[1] == ' ')
        rest += 2;
    if (tap->count == MOST_TESTS) {
        complain(tap, format_text("there are more than %d tests", MOST_TESTS));
        return;
    }
    tap->test = grow(tap->test, tap->count + 1, sizeof *tap->test);
    struct test *test = &tap->test[tap->count++];
    *test = (struct test){.ok = ok, .seconds = now - tap->last};
    tap->last = now;
    char *name = copy_text(rest);
    tap->complete = tap->count - 1;
    test->skipped = cut_skip(name);
    name_test(test, name);
    free(name);
}

static void begin_test(struct tap *tap, double now)
{
    tap->complete = tap->count;
    tap->last = now;
}

// Keeps the last few, where a program that dies says why.
static void add_noise(struct tap *tap, const char *line)
{
    if (tap->noise.count == MOST_NOISE) {
        free(tap->noise.line[0]);
        tap->noise.count--;
        memmove(tap->noise.line, tap->noise.line + 1, tap->noise.count * sizeof(char *));
    }
    lines_add(&tap->noise, copy_text(line));
}

// A keyed line belongs to the test before it. Returns false when the line is none.
static bool read_fact(struct tap *tap, const char *line)
{
    line += strspn(line, "# ");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        size_t size = strlen(keys[i].key);
        if (strncmp(line, keys[i].key, size) != 0)
            continue;
        if (tap->count == 0)
            return false;
        struct facts *facts = &tap->test[tap->count - 1].facts;
        line += size;
        if (facts->count < MOST_FACTS)
            facts_add(facts, keys[i].kind, copy_text(line + (*line == ' ')));
        return true;
    }
    return false;
}

static void read_line(struct tap *tap, const char *line, double now)
{
    if (strncmp(line, "1..", 3) == 0 && isdigit((unsigned char)line[3]))
        read_plan_line(tap, line);
    else if (strncmp(line, "ok", 2) == 0 && (line[2] == ' ' || line[2] == '\0'))
        read_result(tap, true, line + 2, now);
    else if (strncmp(line, "not ok", 6) == 0 && (line[6] == ' ' || line[6] == '\0'))
        read_result(tap, false, line + 6, now);
    else if (strncmp(line, "begin ", 6) == 0)
        begin_test(tap, now);
    else if (strncmp(line, "Bail out!", 9) == 0)
        complain(tap, copy_text(line));
    else if (!read_fact(tap, line) && line[strspn(line, "# ")] != '\0' &&
             strncmp(line, "TAP version ", 12) != 0 && strncmp(line, "suite ", 6) != 0)
        add_noise(tap, line);
}

static void end_line(struct tap *tap, double now)
{
    size_t size = tap->line.size;
    if (size > 0 && tap->line.bytes[size - 1] == '\r')
        size--;
    char *line = clean_text(tap->line.bytes == NULL ? "" : tap->line.bytes, size, LONGEST_LINE);
    read_line(tap, line, now);
    free(line);
    tap->line.size = 0;
}

void tap_feed(struct tap *tap, const char *bytes, size_t size, double now)
{
    while (size > 0) {
        const char *newline = memchr(bytes, '\n', size);
        size_t part = newline != NULL ? (size_t)(newline - bytes) : size;
        // One byte more than fits is enough for clean_text() to tell that something was cut off.
        size_t room = LONGEST_LINE + 1 - tap->line.size;
        text_add(&tap->line, bytes, part < room ? part : room);
        if (newline == NULL)
            return;
        end_line(tap, now);
        bytes += part + 1;
        size -= part + 1;
    }
}

void tap_end(struct tap *tap, double now)
{
    if (tap->line.size > 0)
        end_line(tap, now);
    tap->complete = tap->count;
}

char *tap_complaint(const struct tap *tap, int status)
{
    bool all_ok = true;
    for (size_t i = 0; i < tap->count; i++)
        all_ok = all_ok && tap->test[i].ok;

    if (tap->complaint != NULL)
        return copy_text(tap->complaint);
    // bwrap, as a shell, ends with 128 and the number of the signal.
    if (status == SIGKILL || status == W_EXITCODE(128 + SIGKILL, 0))
        return copy_text("it was killed: the program attempted to end the check, or used up all "
                         "memory");
    if (WIFSIGNALED(status))
        return format_text("it was ended by %s", strsignal(WTERMSIG(status)));
    if (tap->plan == -1)
        return format_text("it told no plan and ended with status %d", WEXITSTATUS(status));
    if ((size_t)tap->plan != tap->count)
        return format_text("it promised %ld tests and told of %zu", tap->plan, tap->count);
    if (all_ok != (WEXITSTATUS(status) == 0))
        return format_text("it ended with status %d, but %s", WEXITSTATUS(status),
                           all_ok ? "no test failed" : "a test failed");
    return NULL;
}
