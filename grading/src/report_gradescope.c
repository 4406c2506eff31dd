/*
 * report_gradescope.c - the result as the results.json that Gradescope reads.
 *
 * https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
 */
#include "report.h"

#include "status.h"
#include "text.h"

#include <jansson.h>
#include <stdlib.h>

// 3.4 is step 4 of lab03
static unsigned lab_number(const struct lab *lab)
{
    return (unsigned)strtoul(lab->name + sizeof "lab" - 1, NULL, 10);
}

static json_t *test_object(const struct lab_result *lab, const struct step_result *step)
{
    char *message = step_result_message(step);
    bool first = step == lab_result_first_trouble(lab);
    char *output = format_text("%s%s%s%sRead %s", message, message[0] != '\0' ? "\n" : "",
                               first && lab->evidence != NULL ? lab->evidence : "",
                               first && lab->evidence != NULL ? "\n" : "", step->page);
    json_t *object =
        json_pack("{s:i, s:i, s:s, s:o, s:o, s:o, s:s, s:[s, s], s:s}", "score", (int)step->score,
                  "max_score", (int)step->step->points, "status",
                  step->status == STATUS_PASSED ? "passed" : "failed", "name",
                  json_sprintf("%s step %u: %s", lab->lab->name, step->number, step->step->title),
                  "number", json_sprintf("%u.%u", lab_number(lab->lab), step->number), "output",
                  json_string(output), "output_format", "text", "tags", lab->lab->name,
                  status_name(step->status), "visibility", "visible");
    free(output);
    free(message);
    return object;
}

void report_gradescope(FILE *to, const struct result *result, const struct look *look)
{
    double seconds = 0;
    json_t *tests = json_array();
    (void)look;
    for (size_t i = 0; i < result->count; i++) {
        seconds += result->lab[i].seconds;
        for (size_t j = 0; j < result->lab[i].count; j++)
            json_array_append_new(tests, test_object(&result->lab[i], &result->lab[i].step[j]));
    }
    json_t *object =
        json_pack("{s:i, s:o, s:s, s:s, s:o}", "execution_time", (int)(seconds + 0.5), "output",
                  json_sprintf("grader %s, isolation: %s, seed %u", GRADER_VERSION,
                               result->isolation, result->seed),
                  "visibility", "visible", "stdout_visibility", "hidden", "tests", tests);
    json_dumpf(object, to, JSON_INDENT(2));
    fputc('\n', to);
    json_decref(object);
}
