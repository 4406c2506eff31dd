/*
 * checks.c - see checks.h.
 */
#include "checks.h"

#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The id in `@test "reap: ..." {`; malloc'ed, NULL when the line begins no test.
static char *read_test_id(const char *line)
{
    static const char word[] = "@test";
    line += strspn(line, " \t");
    if (strncmp(line, word, strlen(word)) != 0)
        return NULL;
    line += strlen(word);
    line += strspn(line, " \t\"'");
    size_t size = strcspn(line, ":\"'\n");
    return line[size] == ':' ? format_text("%.*s", (int)size, line) : copy_text("");
}

// Which steps the tests of a bats file belong to. With it the grader knows what is still to come,
// and need not start files that have nothing for it.
static void read_ids(struct run *run, struct check *check, const char *path)
{
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return; // bats will say so
    while (getline(&line, &size, file) != -1) {
        char *id = read_test_id(line);
        unsigned step = id == NULL ? NO_STEP : plan_find_step(run->plan, id);
        // A test of no step runs with all the others, so that somebody notices.
        if (id != NULL && (step == NO_STEP ? run->all : run->wanted[step - 1]))
            lines_add(&check->ids, id);
        else
            free(id);
    }
    free(line);
    fclose(file);
}

static void want(struct run *run, unsigned step, bool with_needs)
{
    const struct step *wanted = &run->plan->steps[step - 1];
    if (run->wanted[step - 1])
        return;
    run->wanted[step - 1] = true;
    for (unsigned i = 0; with_needs && i < wanted->needs_count; i++)
        want(run, plan_find_step(run->plan, wanted->needs[i]), true);
}

void run_prepare(struct run *run, const struct course *course, const struct lab *lab,
                 const struct plan *plan, const struct build *build, unsigned only, bool with_needs)
{
    *run = (struct run){.lab = lab, .plan = plan, .build = build, .all = only == NO_STEP};
    run->wanted = grow(NULL, plan->steps_count, sizeof *run->wanted);
    for (unsigned step = 1; step <= plan->steps_count; step++)
        run->wanted[step - 1] = run->all;
    if (!run->all)
        want(run, only, with_needs);
    run->check = grow(NULL, plan->checks_count, sizeof *run->check);
    for (unsigned i = 0; i < plan->checks_count; i++) {
        const char *file = plan->checks[i];
        struct check *check = &run->check[run->count];
        *check = (struct check){.file = file, .out = -1, .err = -1, .tap = {.plan = -1}};
        check->is_bats = strcmp(strrchr(file, '.'), ".bats") == 0;
        char *path = format_text("%s/grading/%s/%s", course->root, lab->name, file);
        if (check->is_bats)
            read_ids(run, check, path);
        free(path);
        if (run->all || !check->is_bats || check->ids.count > 0)
            run->count++;
    }
}

void run_free(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        lines_free(&run->check[i].ids);
        tap_free(&run->check[i].tap);
        text_free(&run->check[i].words);
    }
    free(run->check);
    free(run->wanted);
    *run = (struct run){0};
}

// Has a test of this step failed, for a reason that lies in the learner's code?
static bool has_failed(const struct run *run, const char *id)
{
    for (size_t i = 0; i < run->count; i++) {
        const struct tap *tap = &run->check[i].tap;
        for (size_t j = 0; j < tap->complete; j++) {
            const struct facts *facts = &tap->test[j].facts;
            if (strcmp(tap->test[j].id, id) == 0 && !tap->test[j].ok &&
                (facts_find(facts, FACT_GOT) != NULL || facts_find(facts, FACT_TODO) != NULL) &&
                facts_find(facts, FACT_BROKEN) == NULL)
                return true;
        }
    }
    return false;
}

bool run_is_doomed(const struct run *run, unsigned step)
{
    const struct step *doomed = &run->plan->steps[step - 1];
    for (unsigned i = 0; i < doomed->needs_count; i++) {
        unsigned needed = plan_find_step(run->plan, doomed->needs[i]);
        if ((run->wanted[needed - 1] && has_failed(run, doomed->needs[i])) ||
            run_is_doomed(run, needed))
            return true;
    }
    return false;
}

static size_t count_ids(const struct lines *ids, const char *id)
{
    size_t count = 0;
    for (size_t i = 0; i < ids->count; i++)
        count += strcmp(ids->line[i], id) == 0;
    return count;
}

static size_t count_results(const struct tap *tap, const char *id)
{
    size_t count = 0;
    for (size_t i = 0; i < tap->count; i++)
        count += strcmp(tap->test[i].id, id) == 0;
    return count;
}

bool run_is_check_useless(const struct run *run, const struct check *check)
{
    bool outstanding = false;
    // Not while an explanation is under way; and not if what is still to come is not known.
    if (check->tap.complete < check->tap.count || !check->is_bats)
        return false;
    for (size_t i = 0; i < check->ids.count; i++) {
        const char *id = check->ids.line[i];
        if (count_results(&check->tap, id) >= count_ids(&check->ids, id))
            continue;
        unsigned step = plan_find_step(run->plan, id);
        // Nor does it count what comes after the first failure of a step.
        if (step == NO_STEP || !(has_failed(run, id) || run_is_doomed(run, step)))
            return false;
        outstanding = true;
    }
    return outstanding;
}

char *run_filter(const struct run *run)
{
    struct text text = {0};
    if (run->all)
        return NULL;
    for (unsigned step = 1; step <= run->plan->steps_count; step++)
        if (run->wanted[step - 1])
            text_addf(&text, "%s%s", text.size == 0 ? "^(" : "|", run->plan->steps[step - 1].id);
    text_addf(&text, "):");
    return text.bytes;
}
