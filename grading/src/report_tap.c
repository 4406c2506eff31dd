/*
 * report_tap.c - the result in version 14 of the Test Anything Protocol, https://testanything.org.
 *
 *     TAP version 14
 *     1..11
 *     ok 1 - lab03 listen: The server checks its arguments and listens
 *     not ok 4 - lab03 reap: Ended children are reaped, even fifty at once
 *       ---
 *       status: "failed"
 *       ...
 */
#include "report.h"

#include "text.h"

#include <jansson.h>
#include <stdlib.h>

// '#' would begin a directive. The backslash escapes it, and itself.
static void put_description(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '#' || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
}

// The strings of JSON are strings of YAML.
static void put_string(FILE *to, const char *key, const char *text)
{
    json_t *string = json_string(text);
    fprintf(to, "  %s: ", key);
    json_dumpf(string, to, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
    fputc('\n', to);
    json_decref(string);
}

static void put_step(FILE *to, size_t number, const struct lab_result *lab,
                     const struct step_result *step)
{
    bool passed = step->status == STATUS_PASSED;
    char *message = step_result_message(step);
    fprintf(to, "%s %zu - %s %s: ", passed ? "ok" : "not ok", number, lab->lab->name,
            step->step->id);
    put_description(to, step->step->title);
    fputs("\n  ---\n", to);
    put_string(to, "status", status_name(step->status));
    if (!passed)
        put_string(to, "message", message);
    put_string(to, "page", step->page);
    fprintf(to, "  score: %u\n  points: %u\n  duration_ms: %.0f\n  ...\n", step->score,
            step->step->points, step->seconds * 1000);
    free(message);
}

void report_tap(FILE *to, const struct result *result, const struct look *look)
{
    size_t count = 0, number = 0;
    (void)look;
    for (size_t i = 0; i < result->count; i++)
        count += result->lab[i].count;
    fprintf(to, "TAP version 14\n1..%zu\n", count);
    for (size_t i = 0; i < result->count; i++)
        for (size_t j = 0; j < result->lab[i].count; j++)
            put_step(to, ++number, &result->lab[i], &result->lab[i].step[j]);
}
