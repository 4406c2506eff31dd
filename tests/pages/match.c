/*
 * match.c - see match.h.
 */
#include "match.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 1000, TRIES_MAX = 100000 };

static bool is_name(unsigned long number)
{
    return (number >= 4100 && number <= 4999) || (number >= 35000 && number <= 60999);
}

// --- Numbers ------------------------------------------------------------------------------------

// Is `real` what `shown` stands for? What neither has met before becomes a pair.
static bool match_name(struct names *names, unsigned long shown, unsigned long real)
{
    for (size_t i = 0; i < names->count; i++)
        if (names->shown[i] == shown || names->real[i] == real)
            return names->shown[i] == shown && names->real[i] == real;
    names->shown = grow(names->shown, names->count + 1, sizeof *names->shown);
    names->real = grow(names->real, names->count + 1, sizeof *names->real);
    names->shown[names->count] = shown;
    names->real[names->count++] = real;
    return true;
}

// Length of `12.34` when ` s` or ` ms` follows, or 0.
static size_t time_length(const char *at)
{
    size_t whole = strspn(at, "0123456789");
    size_t part = whole > 0 && at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    const char *unit = at + whole + 1 + part;
    if (part == 0 || *unit++ != ' ')
        return 0;
    unit += *unit == 'm';
    return *unit == 's' && !isalnum((unsigned char)unit[1]) ? whole + 1 + part : 0;
}

static bool follows_seed(const char *line, const char *at)
{
    static const char before[] = "--seed ";
    return at - line >= (long)strlen(before) &&
           strncmp(at - strlen(before), before, strlen(before)) == 0;
}

// Passes the number that begins here in both lines.
static bool match_number(struct names *names, const char *line, const char **shown,
                         const char **real)
{
    size_t time = time_length(*shown), other = time_length(*real);
    char *shown_end, *real_end;
    if (time > 0 && other > 0) {
        *shown += time;
        *real += other;
        return true;
    }
    unsigned long page = strtoul(*shown, &shown_end, 10);
    if (!is_name(page) && !follows_seed(line, *shown)) {
        size_t size = (size_t)(shown_end - *shown);
        bool same = strncmp(*shown, *real, size) == 0 && !isdigit((unsigned char)(*real)[size]);
        *real += size;
        *shown = shown_end;
        return same;
    }
    if (!isdigit((unsigned char)**real))
        return false;
    unsigned long here = strtoul(*real, &real_end, 10);
    bool any = follows_seed(line, *shown);
    *shown = shown_end;
    *real = real_end;
    return any || match_name(names, page, here);
}

// --- Lines --------------------------------------------------------------------------------------

static bool match_words(struct names *names, const char *shown, const char *real)
{
    const char *line = shown;
    for (;;) {
        size_t blanks = strspn(shown, " \t"), other = strspn(real, " \t");
        bool inside = shown != line && shown[blanks] != '\0' && real[other] != '\0';
        if (inside && (blanks > 0) != (other > 0))
            return false;
        shown += blanks;
        real += other;
        if (*shown == '\0' || *real == '\0')
            return *shown == *real;
        if (isdigit((unsigned char)*shown) ? !match_number(names, line, &shown, &real)
                                           : *shown++ != *real++)
            return false;
    }
}

static bool match_line(struct names *names, const char *shown, const char *real)
{
    size_t known = names->count;
    bool fits = match_words(names, shown, real);
    if (!fits)
        names->count = known;
    return fits;
}

static bool is_gap(const struct lines *shown, size_t at)
{
    return strcmp(shown->line[at], "...") == 0;
}

static bool match_in_order(struct names *names, const struct lines *shown, size_t at,
                           const struct lines *real, size_t from)
{
    size_t known = names->count;
    if (at == shown->count)
        return from == real->count;
    if (is_gap(shown, at)) {
        for (size_t next = from; next <= real->count; next++)
            if (match_in_order(names, shown, at + 1, real, next))
                return true;
        return false;
    }
    if (from < real->count && match_line(names, shown->line[at], real->line[from]) &&
        match_in_order(names, shown, at + 1, real, from + 1))
        return true;
    names->count = known;
    return false;
}

// For each line that is shown to take one that came.
struct pairing {
    struct names *names;
    const struct lines *shown, *real;
    bool *taken;    // by line that came
    unsigned tries; // that are left: there are very many ways when lines are alike
};

static bool pair_from(struct pairing *pairing, size_t at)
{
    struct names *names = pairing->names;
    const struct lines *shown = pairing->shown, *real = pairing->real;
    size_t known = names->count;
    if (at == shown->count)
        return true;
    if (is_gap(shown, at))
        return pair_from(pairing, at + 1);
    for (size_t i = 0; i < real->count && pairing->tries > 0; i++) {
        pairing->tries--;
        if (pairing->taken[i] || !match_line(names, shown->line[at], real->line[i]))
            continue;
        pairing->taken[i] = true;
        if (pair_from(pairing, at + 1))
            return true;
        pairing->taken[i] = false;
        names->count = known;
    }
    return false;
}

static bool match_in_any_order(struct names *names, const struct lines *shown,
                               const struct lines *real)
{
    size_t gaps = 0;
    for (size_t i = 0; i < shown->count; i++)
        gaps += is_gap(shown, i);
    if (gaps == 0 && shown->count != real->count)
        return false;
    struct pairing pairing = {.names = names, .shown = shown, .real = real, .tries = TRIES_MAX};
    pairing.taken = grow(NULL, real->count + 1, sizeof *pairing.taken);
    memset(pairing.taken, 0, (real->count + 1) * sizeof *pairing.taken);
    bool fits = pair_from(&pairing, 0);
    free(pairing.taken);
    return fits;
}

bool match_lines(struct names *names, const struct lines *shown, const struct lines *real,
                 bool in_any_order)
{
    if (shown->count > LINES_MAX || real->count > LINES_MAX)
        return false;
    return match_in_order(names, shown, 0, real, 0) ||
           (in_any_order && match_in_any_order(names, shown, real));
}

// --- Putting names in ---------------------------------------------------------------------------

static char *replace_numbers(const char *text, const unsigned long *from, const unsigned long *to,
                             size_t count)
{
    struct text result = {0};
    while (*text != '\0') {
        size_t other = strcspn(text, "0123456789"), digits = strspn(text + other, "0123456789");
        text_add(&result, text, other);
        text += other;
        size_t i = 0;
        while (digits > 0 && i < count && from[i] != strtoul(text, NULL, 10))
            i++;
        if (digits > 0 && i < count)
            text_addf(&result, "%lu", to[i]);
        else
            text_add(&result, text, digits);
        text += digits;
    }
    return result.bytes != NULL ? result.bytes : copy_text("");
}

char *put_real(const struct names *names, const char *shown)
{
    return replace_numbers(shown, names->shown, names->real, names->count);
}

char *put_shown(const struct names *names, const char *real)
{
    return replace_numbers(real, names->real, names->shown, names->count);
}
