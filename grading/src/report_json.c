/*
 * report_json.c - the result as JSON. Programs read it: names and meanings stay as they are.
 */
#include "report.h"

#include "status.h"

#include <jansson.h>
#include <stdlib.h>

// Milliseconds are all that is known, and 0.84 shall not read 0.83999999999999997.
static json_t *seconds(double value)
{
    return json_real((double)(long)(value * 1000 + 0.5) / 1000);
}

static json_t *step_object(const struct step_result *step)
{
    char *message = step_result_message(step);
    json_t *object = json_object();
    json_object_set_new(object, "number", json_integer(step->number));
    json_object_set_new(object, "id", json_string(step->step->id));
    json_object_set_new(object, "title", json_string(step->step->title));
    json_object_set_new(object, "points", json_integer(step->step->points));
    json_object_set_new(object, "score", json_integer(step->score));
    json_object_set_new(object, "status", json_string(status_name(step->status)));
    json_object_set_new(object, "message", json_string(message));
    json_object_set_new(object, "page", json_string(step->page));
    json_object_set_new(object, "seconds", seconds(step->seconds));
    free(message);
    return object;
}

static json_t *lab_object(const struct lab_result *lab)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < lab->count; i++)
        json_array_append_new(steps, step_object(&lab->step[i]));
    json_t *object = json_object();
    json_object_set_new(object, "lab", json_string(lab->lab->name));
    json_object_set_new(object, "from", json_string(lab->from));
    json_object_set_new(object, "score", json_integer(lab->score));
    json_object_set_new(object, "max_score", json_integer(lab->max_score));
    json_object_set_new(object, "seconds", seconds(lab->seconds));
    json_object_set_new(object, "steps", steps);
    return object;
}

void report_json(FILE *to, const struct result *result, const struct look *look)
{
    (void)look;
    json_t *labs = json_array();
    for (size_t i = 0; i < result->count; i++)
        json_array_append_new(labs, lab_object(&result->lab[i]));
    json_t *object = json_object();
    json_object_set_new(object, "grader", json_string(GRADER_VERSION));
    json_object_set_new(object, "seed", json_integer(result->seed));
    json_object_set_new(object, "isolation", json_string(result->isolation));
    json_object_set_new(object, "labs", labs);
    json_dumpf(object, to, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
    fputc('\n', to);
    json_decref(object);
}
