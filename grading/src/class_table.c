/*
 * class_table.c - see class_table.h.
 */
#include "class_table.h"

#include "markup.h"
#include "report.h"
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The object in an array whose key has this value; NULL when there is none.
static json_t *find(const json_t *array, const char *key, const char *value)
{
    size_t i;
    json_t *one;
    json_array_foreach(array, i, one)
    {
        const char *is = json_string_value(json_object_get(one, key));
        if (is != NULL && strcmp(is, value) == 0)
            return one;
    }
    return NULL;
}

static json_t *find_lab(const struct class_row *row, const struct selected *entry)
{
    return find(json_object_get(row->result, "labs"), "lab", entry->lab->name);
}

static json_t *find_step(const json_t *lab, const struct step *step)
{
    return find(json_object_get(lab, "steps"), "id", step->id);
}

static long score_of(const json_t *object)
{
    return (long)json_integer_value(json_object_get(object, "score"));
}

long class_total(const json_t *result, const char *key)
{
    size_t i;
    json_t *lab;
    long sum = 0;
    json_array_foreach(json_object_get(result, "labs"), i, lab)
    {
        sum += (long)json_integer_value(json_object_get(lab, key));
    }
    return sum;
}

// Was it asked for? One step alone may have been.
static bool is_selected(const struct selection *selection, unsigned step)
{
    return selection->step == NO_STEP || selection->step == step;
}

// --- CSV ----------------------------------------------------------------------------------------

static void put_csv_row(FILE *to, const struct selection *selection, const struct class_row *row)
{
    csv_put_name(to, row->name);
    if (row->result == NULL)
        fputs(",error,error", to);
    else
        fprintf(to, ",%ld,%ld", class_total(row->result, "score"),
                class_total(row->result, "max_score"));
    for (size_t i = 0; i < selection->count; i++) {
        const struct plan *plan = selection->entry[i].plan;
        const json_t *lab = find_lab(row, &selection->entry[i]);
        fprintf(to, lab != NULL ? ",%ld" : ",error", score_of(lab));
        for (unsigned step = 1; step <= plan->steps_count; step++)
            if (is_selected(selection, step))
                fprintf(to, lab != NULL ? ",%ld" : ",error",
                        score_of(find_step(lab, &plan->steps[step - 1])));
    }
    fputs("\r\n", to);
}

void class_table_csv(FILE *to, const struct selection *selection, const struct class_row *row,
                     size_t count)
{
    fputs("submission,score,max_score", to);
    for (size_t i = 0; i < selection->count; i++) {
        const struct selected *entry = &selection->entry[i];
        fprintf(to, ",%s", entry->lab->name);
        for (unsigned step = 1; step <= entry->plan->steps_count; step++)
            if (is_selected(selection, step))
                fprintf(to, ",%s %s", entry->lab->name, entry->plan->steps[step - 1].id);
    }
    fputs("\r\n", to);
    for (size_t i = 0; i < count; i++)
        put_csv_row(to, selection, &row[i]);
}

// --- HTML ---------------------------------------------------------------------------------------

static const char *status_of(const json_t *step)
{
    const char *status = json_string_value(json_object_get(step, "status"));
    return status != NULL ? status : "error";
}

// The step at which a lab stops: the first that is neither passed nor only waits for another one.
static const json_t *stopping_step(const json_t *lab)
{
    size_t i;
    json_t *step;
    json_array_foreach(json_object_get(lab, "steps"), i,
                       step) if (strcmp(status_of(step), "passed") != 0 &&
                                 strcmp(status_of(step), "not_reached") != 0) return step;
    return NULL;
}

static size_t count_stops(const struct class_row *row, size_t count, const struct selected *entry,
                          const struct step *step)
{
    size_t stops = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *stopping = stopping_step(find_lab(&row[i], entry));
        const char *id = json_string_value(json_object_get(stopping, "id"));
        stops += id != NULL && strcmp(id, step->id) == 0;
    }
    return stops;
}

static size_t count_passed(const struct class_row *row, size_t count, const struct selected *entry,
                           const struct step *step)
{
    size_t passed = 0;
    for (size_t i = 0; i < count; i++)
        passed += strcmp(status_of(find_step(find_lab(&row[i], entry), step)), "passed") == 0;
    return passed;
}

static void add_number(mxml_node_t *parent, const char *class, size_t number)
{
    char *text = format_text("%zu", number);
    add_words(parent, "td", class, text);
    free(text);
}

// Where the class stops: a row for each step, with a bar.
static void add_stops(mxml_node_t *main, const struct selection *selection,
                      const struct class_row *row, size_t count, size_t at)
{
    const struct selected *entry = &selection->entry[at];
    char *heading = format_text("%s: %s", entry->lab->name, entry->plan->title);
    add_words(main, "h2", NULL, heading);
    free(heading);
    mxml_node_t *table = add_element(main, "table", "stops");
    mxml_node_t *head = add_element(table, "tr", NULL);
    static const char *const names[] = {"", "step", "hold it", "stop here", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_words(head, "th", NULL, names[i]);
    for (unsigned step = 1; step <= entry->plan->steps_count; step++) {
        if (!is_selected(selection, step))
            continue;
        const struct step *one = &entry->plan->steps[step - 1];
        size_t stops = count_stops(row, count, entry, one);
        mxml_node_t *line = add_element(table, "tr", NULL);
        add_number(line, "number", step);
        add_words(line, "td", NULL, one->title);
        add_number(line, "number", count_passed(row, count, entry, one));
        add_number(line, "number", stops);
        mxml_node_t *bar = add_element(add_element(line, "td", NULL), "span", "bar");
        mxmlElementSetAttrf(bar, "style", "width: %.1frem",
                            count > 0 ? 12.0 * (double)stops / (double)count : 0);
        add_text(bar, " ");
    }
}

static void add_step_cell(mxml_node_t *line, const json_t *step, const struct step *plan)
{
    const char *status = status_of(step);
    static const struct {
        const char *name, *sign;
    } signs[] = {{"passed", "✓"},
                 {"failed", "✗"},
                 {"not_written", "▸"},
                 {"not_reached", "·"},
                 {"error", "!"}};
    const char *sign = "!";
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strcmp(signs[i].name, status) == 0)
            sign = signs[i].sign;
    mxml_node_t *cell = add_words(line, "td", status, sign);
    mxmlElementSetAttrf(cell, "title", "%s: %s", plan->title, status);
}

static void add_submission(mxml_node_t *table, const struct selection *selection,
                           const struct class_row *row)
{
    mxml_node_t *line = add_element(table, "tr", NULL);
    char *name = clean_text(row->name, strlen(row->name), 100);
    char *points = row->result == NULL ? copy_text("could not be graded")
                                       : format_text("%ld/%ld", class_total(row->result, "score"),
                                                     class_total(row->result, "max_score"));
    add_words(line, "th", NULL, name);
    add_words(line, "td", "number", points);
    for (size_t i = 0; i < selection->count; i++) {
        const struct plan *plan = selection->entry[i].plan;
        const json_t *lab = find_lab(row, &selection->entry[i]);
        char *score = format_text("%ld", score_of(lab));
        add_words(line, "td", "number lab", lab != NULL ? score : "");
        for (unsigned step = 1; step <= plan->steps_count; step++)
            if (is_selected(selection, step))
                add_step_cell(line, find_step(lab, &plan->steps[step - 1]), &plan->steps[step - 1]);
        free(score);
    }
    free(points);
    free(name);
}

static void add_submissions(mxml_node_t *main, const struct selection *selection,
                            const struct class_row *row, size_t count)
{
    add_words(main, "h2", NULL, "Everybody");
    add_words(main, "p", "not_reached",
              "✓ passed, ✗ failed, ▸ not written, · not reached, ! grader error");
    mxml_node_t *table = add_element(add_element(main, "div", "scroll"), "table", "submissions");
    mxml_node_t *head = add_element(table, "tr", NULL);
    add_words(head, "th", NULL, "");
    add_words(head, "th", NULL, "points");
    for (size_t i = 0; i < selection->count; i++) {
        unsigned steps = selection->step == NO_STEP ? selection->entry[i].plan->steps_count : 1;
        mxml_node_t *lab = add_words(head, "th", "lab", selection->entry[i].lab->name);
        mxmlElementSetAttrf(lab, "colspan", "%u", steps + 1);
    }
    for (size_t i = 0; i < count; i++)
        add_submission(table, selection, &row[i]);
}

int class_table_html(FILE *to, const struct course *course, const struct selection *selection,
                     const struct class_row *row, size_t count, char **error)
{
    char *style = course_read_text(course, "class.css", error);
    if (style == NULL)
        return -1;
    mxml_node_t *main = mxmlNewElement(MXML_NO_PARENT, "main");
    char *heading = format_text("%zu submissions", count);
    add_words(main, "h1", NULL, heading);
    free(heading);
    for (size_t i = 0; i < selection->count; i++)
        add_stops(main, selection, row, count, i);
    add_submissions(main, selection, row, count);
    put_page_head(to, "Class", style);
    mxmlSetWrapMargin(0);
    mxmlSaveFile(main, to, MXML_NO_CALLBACK);
    fputs("</body>\n</html>\n", to);
    mxmlDelete(main);
    free(style);
    return 0;
}
