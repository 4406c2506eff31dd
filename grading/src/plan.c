/*
 * plan.c - see plan.h. libcyaml checks the shape, this file what the shape can't say.
 */
#include "plan.h"

#include "text.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 1000, LONGEST = 2000, FULL_SCORE = 100, FEWEST_HINTS = 2 };

// --- The shape of the file --------------------------------------------------------------------

#define TEXT_FIELD(key, type, member, flags)                                                       \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | (flags), type, member, 1, LONGEST)
#define LIST_FIELD(key, type, member, flags)                                                       \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | (flags), type, member, &line_schema, 0, MANY)

static const cyaml_schema_value_t line_schema = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, LONGEST),
};

static const cyaml_schema_field_t step_fields[] = {
    TEXT_FIELD("id", struct step, id, 0),
    TEXT_FIELD("title", struct step, title, 0),
    TEXT_FIELD("page", struct step, page, CYAML_FLAG_OPTIONAL),
    LIST_FIELD("needs", struct step, needs, CYAML_FLAG_OPTIONAL),
    LIST_FIELD("hints", struct step, hints, 0),
    CYAML_FIELD_UINT("points", CYAML_FLAG_DEFAULT, struct step, points),
    CYAML_FIELD_UINT("tests", CYAML_FLAG_OPTIONAL, struct step, tests),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t step_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct step, step_fields),
};

static const cyaml_schema_field_t plan_fields[] = {
    TEXT_FIELD("lab", struct plan, lab, 0),
    TEXT_FIELD("title", struct plan, title, 0),
    TEXT_FIELD("page", struct plan, page, 0),
    LIST_FIELD("checks", struct plan, checks, 0),
    CYAML_FIELD_SEQUENCE("steps", CYAML_FLAG_POINTER, struct plan, steps, &step_schema, 1, MANY),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t plan_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct plan, plan_fields),
};

// What libcyaml says when it refuses a file: the first line tells why, the next ones where.
struct complaint {
    char *why;
    unsigned line; // 0: not known
};

static void note_complaint(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    struct complaint *complaint = context;
    char *message;
    (void)level;

    if (vasprintf(&message, format, arguments) == -1)
        return;
    message[strcspn(message, "\n")] = '\0';
    const char *place = strstr(message, "(line: ");
    if (place != NULL && complaint->line == 0)
        complaint->line = (unsigned)strtoul(place + strlen("(line: "), NULL, 10);
    // Lines of the backtrace tell only where.
    const char *prefix = "Load: ";
    const char *start =
        strncmp(message, prefix, strlen(prefix)) == 0 ? message + strlen(prefix) : message;
    if (complaint->why == NULL && start[0] != ' ' && strcmp(start, "Backtrace:") != 0)
        complaint->why = clean_text(start, strlen(start), 200);
    free(message);
}

static cyaml_config_t make_config(struct complaint *complaint)
{
    return (cyaml_config_t){
        .log_fn = note_complaint,
        .log_ctx = complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
    };
}

void plan_free(struct plan *plan)
{
    struct complaint ignored = {0};
    cyaml_config_t config = make_config(&ignored);
    cyaml_free(&config, &plan_schema, plan, 0);
    free(ignored.why);
}

static struct plan *read_plan(const char *root, const char *path, char **error)
{
    struct complaint complaint = {0};
    cyaml_config_t config = make_config(&complaint);
    struct plan *plan = NULL;
    char *full = format_text("%s/%s", root, path);

    cyaml_err_t result = cyaml_load_file(full, &config, &plan_schema, (cyaml_data_t **)&plan, NULL);
    if (result == CYAML_ERR_FILE_OPEN) {
        *error = format_text("%s: %s", path, strerror(errno));
        plan = NULL;
    } else if (result != CYAML_OK) {
        char place[32] = "";
        if (complaint.line > 0)
            snprintf(place, sizeof place, ":%u", complaint.line);
        *error = format_text("%s%s: %s", path, place,
                             complaint.why != NULL ? complaint.why : cyaml_strerror(result));
        plan = NULL;
    } else if (plan == NULL) {
        *error = format_text("%s: the file is empty", path);
    }
    free(complaint.why);
    free(full);
    return plan;
}

// --- What the shape can't say -----------------------------------------------------------------

// Each of these returns what is wrong (malloc'ed), or NULL.

static bool is_id(const char *id)
{
    return id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static bool is_one_line(const char *string)
{
    for (; *string != '\0'; string++)
        if ((unsigned char)*string < ' ')
            return false;
    return true;
}

static char *examine_id(const struct plan *plan, unsigned index)
{
    const char *id = plan->steps[index].id;
    if (!is_id(id) || id[strspn(id, "0123456789")] == '\0')
        return format_text("the id '%s' is not made of a-z, 0-9 and '-', or is a mere number", id);
    for (unsigned i = 0; i < index; i++)
        if (strcmp(plan->steps[i].id, id) == 0)
            return format_text("the id '%s' is taken by step %u", id, i + 1);
    return NULL;
}

static unsigned find_id(const struct plan *plan, const char *id)
{
    for (unsigned i = 0; i < plan->steps_count; i++)
        if (strcmp(plan->steps[i].id, id) == 0)
            return i + 1;
    return NO_STEP;
}

static char *examine_needs(const struct plan *plan, unsigned index)
{
    const struct step *step = &plan->steps[index];
    for (unsigned i = 0; i < step->needs_count; i++) {
        unsigned needed = find_id(plan, step->needs[i]);
        if (needed == NO_STEP)
            return format_text("needs '%s', which is no step", step->needs[i]);
        if (needed > index)
            return format_text("needs '%s', which is no earlier step", step->needs[i]);
    }
    return NULL;
}

static char *examine_step(const struct plan *plan, unsigned index)
{
    const struct step *step = &plan->steps[index];
    char *wrong = examine_id(plan, index);
    if (wrong == NULL && !is_one_line(step->title))
        wrong = format_text("the title is not one line of plain text");
    if (wrong == NULL)
        wrong = examine_needs(plan, index);
    if (wrong == NULL && step->points > FULL_SCORE)
        wrong = format_text("%u points are too many", step->points);
    if (wrong == NULL && step->tests > MANY)
        wrong = format_text("%u tests are too many", step->tests);
    if (wrong == NULL && step->hints_count < FEWEST_HINTS)
        wrong = format_text("%u hint%s, but at least %d are needed", step->hints_count,
                            step->hints_count == 1 ? "" : "s", FEWEST_HINTS);
    return wrong;
}

static char *examine_checks(const struct plan *plan, const char *root, const char *path)
{
    if (plan->checks_count == 0)
        return format_text("no checks");
    for (unsigned i = 0; i < plan->checks_count; i++) {
        const char *check = plan->checks[i];
        const char *dot = strrchr(check, '.');
        if (strchr(check, '/') != NULL || dot == NULL || dot == check ||
            (strcmp(dot, ".bats") != 0 && strcmp(dot, ".c") != 0))
            return format_text("the check '%s' is neither NAME.bats nor NAME.c", check);
        char *file = format_text("%s/%.*s/%s", root, (int)(strrchr(path, '/') - path), path, check);
        bool there = access(file, R_OK) == 0;
        free(file);
        if (!there)
            return format_text("the check '%s' does not exist", check);
        for (unsigned j = 0; j < i; j++)
            if (strcmp(plan->checks[j], check) == 0)
                return format_text("the check '%s' is named twice", check);
    }
    return NULL;
}

// Replaces what the schema can't: a step without `tests` has one.
static void set_defaults(struct plan *plan)
{
    for (unsigned i = 0; i < plan->steps_count; i++)
        if (plan->steps[i].tests == 0)
            plan->steps[i].tests = 1;
}

static char *examine_plan(const struct plan *plan, const char *root, const char *path,
                          const char *lab)
{
    unsigned sum = 0;
    if (strcmp(plan->lab, lab) != 0)
        return format_text("it says lab: %s, but stands in the directory of %s", plan->lab, lab);
    if (!is_one_line(plan->title) || !is_one_line(plan->page))
        return format_text("the lab's title or page is not one line of plain text");
    for (unsigned i = 0; i < plan->steps_count; i++) {
        char *wrong = examine_step(plan, i);
        if (wrong != NULL) {
            char *line = format_text("step %u (%s): %s", i + 1, plan->steps[i].id, wrong);
            free(wrong);
            return line;
        }
        sum += plan->steps[i].points;
    }
    if (sum != FULL_SCORE)
        return format_text("the points sum to %u, not to %d", sum, FULL_SCORE);
    return examine_checks(plan, root, path);
}

struct plan *plan_load(const char *root, const char *path, const char *lab, char **error)
{
    struct plan *plan = read_plan(root, path, error);
    if (plan == NULL)
        return NULL;
    char *wrong = examine_plan(plan, root, path, lab);
    if (wrong != NULL) {
        // Ids and names stand in the message: they may hold anything YAML can.
        char *safe = clean_text(wrong, strlen(wrong), 300);
        *error = format_text("%s: %s", path, safe);
        free(safe);
        free(wrong);
        plan_free(plan);
        return NULL;
    }
    set_defaults(plan);
    return plan;
}

unsigned plan_find_step(const struct plan *plan, const char *id_or_number)
{
    size_t digits = strspn(id_or_number, "0123456789");
    if (digits > 0 && digits < 6 && id_or_number[digits] == '\0') {
        unsigned long number = strtoul(id_or_number, NULL, 10);
        return number <= plan->steps_count ? (unsigned)number : NO_STEP;
    }
    return find_id(plan, id_or_number);
}

char *plan_step_page(const struct plan *plan, unsigned number)
{
    const struct step *step = &plan->steps[number - 1];
    if (strchr(plan->page, '#') != NULL)
        return copy_text(plan->page);
    return format_text("%s#%s", plan->page, step->page != NULL ? step->page : step->id);
}
