/*
 * judge.c - see judge.h.
 */
#include "judge.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

// One lab being judged.
struct judge {
    const struct run *run;
    const struct course *course;
    struct step_result *step; // of every step, asked for or not
    char **complaint;         // by check: what is wrong with the file's output; or NULL
};

static void decide(struct step_result *step, enum status status, char *reason)
{
    step->status = status;
    free(step->reason);
    step->reason = reason;
}

static void tell_test(struct step_result *step, const struct test *test)
{
    facts_free(&step->facts);
    facts_copy(&step->facts, &test->facts);
    free(step->sentence);
    step->sentence = copy_text(test->sentence);
}

// --- Check files --------------------------------------------------------------------------------

// What is wrong with the output of a check file; malloc'ed, NULL when it fits together.
static char *complain(const struct run *run, const struct check *check)
{
    char *wrong = NULL;
    switch (check->state) {
    case CHECK_BROKEN:
        wrong = clean_text(check->words.bytes, strlen(check->words.bytes), 300);
        break;
    case CHECK_TIMED_OUT:
        wrong = copy_text("it did not end in time");
        break;
    case CHECK_ENDED:
        wrong = tap_complaint(&check->tap, check->process.status);
        break;
    case CHECK_WAITING:
    case CHECK_RUNNING:
    case CHECK_CUT_SHORT:
        break;
    }
    for (size_t i = 0; i < check->tap.count && wrong == NULL; i++) {
        const struct test *test = &check->tap.test[i];
        if (plan_find_step(run->plan, test->id) == NO_STEP)
            wrong = format_text("its test '%s%s%s' belongs to no step", test->id,
                                test->id[0] != '\0' ? ": " : "", test->sentence);
    }
    return wrong;
}

// Adds the last words of a check file that went wrong, which mostly tell why.
static void tell_words(struct step_result *step, const struct check *check)
{
    const char *words = check->words.bytes;
    for (size_t i = 0; i < check->tap.noise.count; i++) {
        const char *line = check->tap.noise.line[i];
        facts_add(&step->facts, FACT_NOTE, copy_text(line + strspn(line, "# ")));
    }
    for (int lines = 0; words != NULL && *words != '\0' && lines < 5; lines++) {
        size_t size = strcspn(words, "\n");
        if (size > 0)
            facts_add(&step->facts, FACT_NOTE, clean_text(words, size, 200));
        words += size + (words[size] == '\n');
    }
}

static void blame_check(struct judge *judge, struct step_result *step, size_t check)
{
    const struct check *file = &judge->run->check[check];
    facts_free(&step->facts);
    decide(step, STATUS_ERROR, format_text("%s: %s", file->file, judge->complaint[check]));
    tell_words(step, file);
}

// --- TODO ---------------------------------------------------------------------------------------

// Reads `labs/lab01-single-server/echo.c:30: step 5 is not written yet`: returns the step, sets the
// lab and the place, `labs/lab01-single-server/echo.c:30`. NO_STEP when it says no such thing.
static unsigned read_todo(const struct judge *judge, const char *todo, const struct lab **lab,
                          char **place)
{
    const char *step = strstr(todo, ": step ");
    if (step == NULL)
        return NO_STEP;
    for (size_t i = 0; i < judge->course->count; i++) {
        const struct lab *candidate = &judge->course->lab[i];
        char *directory = format_text("%s/", candidate->directory);
        const char *found = strstr(todo, directory);
        free(directory);
        if (found == NULL || found > step || (found > todo && found[-1] != '/'))
            continue;
        unsigned long number = strtoul(step + strlen(": step "), NULL, 10);
        if (number == 0 || number > 1000)
            return NO_STEP;
        *lab = candidate;
        *place = format_text("%.*s", (int)(step - todo), todo);
        return (unsigned)number;
    }
    return NO_STEP;
}

// A test ended at a step that is not written.
static void judge_todo(const struct judge *judge, struct step_result *step, const struct test *test)
{
    const struct lab *lab = NULL, *own = judge->run->lab;
    char *place = NULL;
    const char *todo = facts_find(&test->facts, FACT_TODO);
    unsigned number = read_todo(judge, todo, &lab, &place);

    tell_test(step, test);
    if (number == NO_STEP) {
        decide(step, STATUS_ERROR, format_text("the check named no step that is not written"));
    } else if (lab != own) {
        decide(step, STATUS_NOT_REACHED,
               format_text("it stops in %s step %u (%s), which %s builds on: write that first, or "
                           "link the reference's with --base solutions",
                           lab->name, number, place, own->name));
    } else if (number == step->number) {
        decide(step, STATUS_NOT_WRITTEN, copy_text(place));
    } else {
        step->after = number;
        decide(step, STATUS_NOT_REACHED,
               format_text("it stops in step %u (%s), which is not written yet", number, place));
    }
    free(place);
}

// --- Tests --------------------------------------------------------------------------------------

// How much one verdict outweighs another, where tests of a step differ.
static int weight(enum status status)
{
    static const int weights[] = {
        [STATUS_PASSED] = 0,      [STATUS_NOT_REACHED] = 1, [STATUS_FAILED] = 2,
        [STATUS_NOT_WRITTEN] = 3, [STATUS_ERROR] = 4,
    };
    return weights[status];
}

static void judge_skipped(const struct judge *judge, struct step_result *step,
                          const struct test *test)
{
    static const char needs[] = "needs ";
    unsigned needed = NO_STEP;
    if (strncmp(test->skipped, needs, strlen(needs)) == 0)
        needed = plan_find_step(judge->run->plan, test->skipped + strlen(needs));
    // Whether the needed step really failed was asked before: here it held, or was not run.
    if (needed != NO_STEP && !judge->run->wanted[needed - 1])
        decide(step, STATUS_NOT_REACHED, format_text("it needs step %u", needed));
    else
        decide(step, STATUS_ERROR,
               format_text("a check was skipped without need: %s", test->skipped));
}

static void judge_failed(struct step_result *step, const struct test *test)
{
    const struct facts *facts = &test->facts;
    const char *broken = facts_find(facts, FACT_BROKEN);

    tell_test(step, test);
    if (broken != NULL)
        decide(step, STATUS_ERROR, copy_text(broken));
    else if (facts_find(facts, FACT_EXPECTED) == NULL && facts_find(facts, FACT_GOT) == NULL)
        decide(step, STATUS_ERROR, copy_text("a check failed and did not say why"));
    else
        decide(step, STATUS_FAILED, NULL);
}

// Judges one test; keeps the graver of its verdict and that of the tests before it.
static void judge_test(const struct judge *judge, struct step_result *step, const struct test *test)
{
    struct step_result one = {.number = step->number, .step = step->step};

    if (test->skipped != NULL)
        judge_skipped(judge, &one, test);
    else if (test->ok)
        one.status = STATUS_PASSED;
    else if (facts_find(&test->facts, FACT_BROKEN) == NULL &&
             facts_find(&test->facts, FACT_TODO) != NULL)
        judge_todo(judge, &one, test);
    else
        judge_failed(&one, test);

    step->seconds += test->seconds;
    if (weight(one.status) > weight(step->status)) {
        decide(step, one.status, one.reason);
        facts_free(&step->facts);
        free(step->sentence);
        step->facts = one.facts;
        step->sentence = one.sentence;
        step->after = one.after;
    } else {
        free(one.reason);
        free(one.sentence);
        facts_free(&one.facts);
    }
}

// --- Steps --------------------------------------------------------------------------------------

// The step to look at before this one, because this one needs it and it does not hold.
static unsigned find_missing_need(const struct judge *judge, const struct step *step)
{
    for (unsigned i = 0; i < step->needs_count; i++) {
        unsigned needed = plan_find_step(judge->run->plan, step->needs[i]);
        const struct step_result *before = &judge->step[needed - 1];
        if (!judge->run->wanted[needed - 1] || before->status == STATUS_PASSED ||
            before->status == STATUS_ERROR)
            continue;
        return before->status == STATUS_NOT_REACHED && before->after != NO_STEP ? before->after
                                                                                : needed;
    }
    return NO_STEP;
}

// Tests that never came: the fault lies with a check that this step needs, or with the check file.
static void judge_missing(struct judge *judge, struct step_result *step, size_t seen)
{
    for (unsigned i = 0; i < step->step->needs_count; i++) {
        unsigned needed = plan_find_step(judge->run->plan, step->step->needs[i]);
        if (judge->step[needed - 1].status == STATUS_ERROR) {
            step->after = needed;
            decide(step, STATUS_NOT_REACHED,
                   format_text("it needs step %u, where the grader failed", needed));
            return;
        }
    }
    for (size_t i = 0; i < judge->run->count; i++) {
        if (judge->complaint[i] != NULL) {
            blame_check(judge, step, i);
            return;
        }
    }
    decide(step, STATUS_ERROR,
           format_text("the plan promises %u check%s of this step, and %zu came", step->step->tests,
                       step->step->tests == 1 ? "" : "s", seen));
}

static void judge_step(struct judge *judge, struct step_result *step)
{
    size_t seen = 0, suspicious = judge->run->count;

    for (size_t i = 0; i < judge->run->count; i++) {
        const struct tap *tap = &judge->run->check[i].tap;
        for (size_t j = 0; j < tap->count; j++) {
            if (strcmp(tap->test[j].id, step->step->id) != 0)
                continue;
            judge_test(judge, step, &tap->test[j]);
            seen++;
            if (judge->complaint[i] != NULL)
                suspicious = i;
        }
    }
    unsigned missing = find_missing_need(judge, step->step);
    if (missing != NO_STEP) {
        facts_free(&step->facts);
        step->after = missing;
        decide(step, STATUS_NOT_REACHED,
               format_text("it needs step %u (%s)", missing,
                           judge->run->plan->steps[missing - 1].title));
    } else if (step->status == STATUS_PASSED && seen != step->step->tests) {
        judge_missing(judge, step, seen);
    } else if (step->status == STATUS_PASSED && suspicious < judge->run->count) {
        blame_check(judge, step, suspicious);
    }
}

static void judge_tests(struct judge *judge)
{
    const struct run *run = judge->run;
    judge->complaint = grow(NULL, run->count, sizeof *judge->complaint);
    for (size_t i = 0; i < run->count; i++)
        judge->complaint[i] = complain(run, &run->check[i]);
    for (unsigned i = 0; i < run->plan->steps_count; i++)
        if (run->wanted[i])
            judge_step(judge, &judge->step[i]);
    for (size_t i = 0; i < run->count; i++)
        free(judge->complaint[i]);
    free(judge->complaint);
}

// Nothing could run: the first step tells why.
static void judge_build(struct judge *judge, unsigned first)
{
    const struct build *build = judge->run->build;
    for (unsigned i = 0; i < judge->run->plan->steps_count; i++) {
        struct step_result *step = &judge->step[i];
        if (step->number != first) {
            decide(step, STATUS_NOT_REACHED, copy_text("the lab could not be built"));
            continue;
        }
        decide(step, build->state == BUILD_REFUSED ? STATUS_FAILED : STATUS_ERROR, NULL);
        facts_copy(&step->facts, &build->facts);
        const char *broken = facts_find(&build->facts, FACT_BROKEN);
        step->reason = broken != NULL ? copy_text(broken) : NULL;
        step->sentence = copy_text("the lab builds");
    }
}

static double measure(const struct run *run)
{
    double first = 0, last = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct check *check = &run->check[i];
        if (check->started > 0 && (first <= 0 || check->started < first))
            first = check->started;
        if (check->ended > last)
            last = check->ended;
    }
    return last > first ? last - first : 0;
}

void judge_run(struct lab_result *result, const struct run *run, const struct course *course,
               const char *from, unsigned only)
{
    struct judge judge = {.run = run, .course = course};
    unsigned count = run->plan->steps_count;

    judge.step = grow(NULL, count, sizeof *judge.step);
    for (unsigned i = 0; i < count; i++)
        judge.step[i] = (struct step_result){.number = i + 1, .step = &run->plan->steps[i]};
    if (run->build->state != BUILD_DONE)
        judge_build(&judge, only != NO_STEP ? only : 1);
    else
        judge_tests(&judge);

    *result = (struct lab_result){
        .lab = run->lab,
        .plan = run->plan,
        .from = clean_text(from, strlen(from), strlen(from)),
        .seconds = measure(run),
        .step = judge.step,
    };
    for (unsigned i = 0; i < count; i++) {
        struct step_result *step = &judge.step[i];
        if (only != NO_STEP && step->number != only) {
            free(step->reason);
            free(step->sentence);
            facts_free(&step->facts);
            continue;
        }
        step->score = step->status == STATUS_PASSED ? step->step->points : 0;
        step->page = plan_step_page(run->plan, step->number);
        result->score += step->score;
        result->max_score += step->step->points;
        result->step[result->count++] = *step;
    }
    const struct compiler_report *compiler = &run->build->compiler;
    if (run->build->state != BUILD_DONE)
        return; // the error comes first
    result->warnings = compiler->warnings;
    for (size_t i = 0; i < compiler->first_warning.count; i++)
        lines_add(&result->first_warning, copy_text(compiler->first_warning.line[i]));
}
