/*
 * selection.c - see selection.h.
 */
#include "selection.h"

#include "text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_number(const char *word)
{
    return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

// "lab7" is a mistyped lab, "reap" is a step.
static bool looks_like_lab(const char *word)
{
    return strcmp(word, "all") == 0 ||
           (strncmp(word, "lab", 3) == 0 && isdigit((unsigned char)word[3]));
}

static char *no_such_lab(const struct course *course, const char *word)
{
    char *names = course_lab_names(course);
    char *safe = clean_text(word, strlen(word), 60);
    char *error = format_text("%s: no such lab (there are %s; see ./grader --list)", safe, names);
    free(safe);
    free(names);
    return error;
}

// Marks the labs that the words name. Returns false with *error.
static bool mark(bool *wanted, const struct course *course, char **words, int count, char **error)
{
    for (int i = 0; i < count; i++) {
        const struct lab *lab = course_lab(course, words[i]);
        if (lab == NULL && strcmp(words[i], "all") != 0) {
            *error = no_such_lab(course, words[i]);
            return false;
        }
        for (size_t j = 0; j < course->count; j++)
            wanted[j] = wanted[j] || lab == NULL || lab == &course->lab[j];
    }
    return true;
}

static int load(struct selection *selection, const struct course *course, const bool *wanted,
                char **error)
{
    selection->entry = grow(NULL, course->count, sizeof *selection->entry);
    for (size_t i = 0; i < course->count; i++) {
        const struct lab *lab = &course->lab[i];
        if (!wanted[i])
            continue;
        char *path = format_text("grading/%s/plan.yaml", lab->name);
        struct plan *plan = plan_load(course->root, path, lab->name, error);
        free(path);
        if (plan == NULL)
            return -1;
        selection->entry[selection->count++] = (struct selected){lab, plan};
    }
    return 0;
}

static int read_step(struct selection *selection, const char *word, char **error)
{
    if (selection->count != 1) {
        *error = copy_text("a step goes with one lab, such as: ./grader lab03 4");
        return -1;
    }
    const struct selected *selected = &selection->entry[0];
    selection->step = plan_find_step(selected->plan, word);
    if (selection->step != NO_STEP)
        return 0;
    char *safe = clean_text(word, strlen(word), 60);
    *error =
        format_text("%s has no step %s (there are 1 to %u; see ./grader --list %s)",
                    selected->lab->name, safe, selected->plan->steps_count, selected->lab->name);
    free(safe);
    return -1;
}

int selection_read(struct selection *selection, const struct course *course, char **words,
                   int count, char **error)
{
    *selection = (struct selection){.step = NO_STEP};
    if (count == 0) {
        *error = format_text("which lab? Try ./grader %s, or ./grader --list", course->lab[0].name);
        return -1;
    }
    const char *last = words[count - 1];
    bool has_step = count > 1 && (is_number(last) ||
                                  (course_lab(course, last) == NULL && !looks_like_lab(last)));
    bool *wanted = grow(NULL, course->count, sizeof *wanted);
    memset(wanted, 0, course->count * sizeof *wanted);
    int result = -1;
    if (mark(wanted, course, words, has_step ? count - 1 : count, error))
        result = load(selection, course, wanted, error);
    free(wanted);
    if (result == 0 && has_step)
        result = read_step(selection, last, error);
    if (result == -1)
        selection_free(selection);
    return result;
}

int selection_all(struct selection *selection, const struct course *course, char **error)
{
    static char all[] = "all";
    char *words[] = {all, NULL};
    return selection_read(selection, course, words, 1, error);
}

void selection_free(struct selection *selection)
{
    for (size_t i = 0; i < selection->count; i++)
        plan_free(selection->entry[i].plan);
    free(selection->entry);
    *selection = (struct selection){0};
}
