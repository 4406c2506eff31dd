/*
 * report_classroom50.c - the result as the result.json of Classroom 50. Whose work it is stands in
 * the environment that its runner gives.
 */
#include "report.h"

#include "text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Empty where the runner gives nothing.
static json_t *from_environment(const char *name)
{
    const char *value = getenv(name);
    char *clean = clean_text(value != NULL ? value : "", value != NULL ? strlen(value) : 0, 1000);
    json_t *string = json_string(clean);
    free(clean);
    return string;
}

static json_t *test_object(const struct lab_result *lab, const struct step_result *step)
{
    char *message = step_result_message(step);
    json_t *object =
        json_pack("{s:o, s:b, s:i, s:i, s:s, s:s, s:s}", "test-name",
                  json_sprintf("%s step %u: %s", lab->lab->name, step->number, step->step->title),
                  "passed", step->status == STATUS_PASSED, "score", (int)step->score, "max-score",
                  (int)step->step->points, "status", status_name(step->status), "message", message,
                  "page", step->page);
    free(message);
    return object;
}

void report_classroom50(FILE *to, const struct result *result, const struct look *look)
{
    static const struct {
        const char *key, *variable;
    } given[] = {
        {"classroom", "CLASSROOM"},
        {"assignment", "ASSIGNMENT"},
        {"assignment_type", "ASSIGNMENT_TYPE"},
        {"owner", "OWNER"},
        {"submission", "SUBMISSION_TAG"},
        {"commit", "COMMIT_URL"},
        {"release", "RELEASE_URL"},
        {"review", "REVIEW_URL"},
    };
    char now[sizeof "2026-01-01T00:00:00Z"];
    time_t seconds = time(NULL);
    unsigned score = 0, max_score = 0;
    json_t *object = json_object(), *tests = json_array();
    (void)look;

    json_object_set_new(object, "schema", json_string("classroom50/result/v1"));
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        bool is_owner = strcmp(given[i].key, "owner") == 0 && getenv("OWNER") == NULL;
        json_object_set_new(object, given[i].key,
                            from_environment(is_owner ? "USERNAME" : given[i].variable));
    }
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    json_object_set_new(object, "datetime", json_string(now));
    for (size_t i = 0; i < result->count; i++) {
        score += result->lab[i].score;
        max_score += result->lab[i].max_score;
        for (size_t j = 0; j < result->lab[i].count; j++)
            json_array_append_new(tests, test_object(&result->lab[i], &result->lab[i].step[j]));
    }
    json_object_set_new(object, "score", json_integer(score));
    json_object_set_new(object, "max-score", json_integer(max_score));
    json_object_set_new(object, "tests", tests);
    json_dumpf(object, to, JSON_INDENT(2));
    fputc('\n', to);
    json_decref(object);
}
