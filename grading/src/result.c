/*
 * result.c - see result.h.
 */
#include "result.h"

#include "status.h"

#include <stdlib.h>

const char *status_name(enum status status)
{
    static const char *const names[] = {
        [STATUS_PASSED] = "passed",
        [STATUS_FAILED] = "failed",
        [STATUS_NOT_WRITTEN] = "not_written",
        [STATUS_NOT_REACHED] = "not_reached",
        [STATUS_ERROR] = "error",
    };
    return names[status];
}

const char *status_words(enum status status)
{
    static const char *const words[] = {
        [STATUS_PASSED] = "passed",           [STATUS_FAILED] = "failed",
        [STATUS_NOT_WRITTEN] = "not written", [STATUS_NOT_REACHED] = "not reached",
        [STATUS_ERROR] = "grader error",
    };
    return words[status];
}

const struct step_result *lab_result_first_trouble(const struct lab_result *lab)
{
    const struct step_result *not_reached = NULL;
    for (size_t i = 0; i < lab->count; i++) {
        const struct step_result *step = &lab->step[i];
        if (step->status == STATUS_NOT_REACHED && not_reached == NULL)
            not_reached = step;
        else if (step->status != STATUS_PASSED && step->status != STATUS_NOT_REACHED)
            return step;
    }
    return not_reached;
}

unsigned lab_result_count(const struct lab_result *lab, enum status status)
{
    unsigned count = 0;
    for (size_t i = 0; i < lab->count; i++)
        count += lab->step[i].status == status;
    return count;
}

static const char *fact_word(enum fact_kind kind)
{
    static const char *const words[] = {
        [FACT_DID] = "did",       [FACT_EXPECTED] = "expected", [FACT_GOT] = "got",
        [FACT_NOTE] = "note",     [FACT_TRY] = "by hand",       [FACT_TODO] = "not written",
        [FACT_BROKEN] = "broken",
    };
    return words[kind];
}

char *step_result_message(const struct step_result *step)
{
    struct text text = {0};
    text_add(&text, "", 0);
    if (step->status == STATUS_PASSED)
        return text.bytes;
    if (step->reason != NULL)
        text_addf(&text, "%s", step->reason);
    for (size_t i = 0; i < step->facts.count; i++) {
        const struct fact *fact = &step->facts.fact[i];
        text_addf(&text, "%s%s: %s", text.size > 0 ? "\n" : "", fact_word(fact->kind), fact->text);
    }
    return text.bytes;
}

int result_exit_status(const struct result *result)
{
    int status = EXIT_ALL_PASSED;
    for (size_t i = 0; i < result->count; i++)
        for (size_t j = 0; j < result->lab[i].count; j++) {
            enum status one = result->lab[i].step[j].status;
            if (one == STATUS_ERROR)
                return EXIT_GRADER;
            if (one != STATUS_PASSED)
                status = EXIT_NOT_ALL;
        }
    return status;
}

void lab_result_free(struct lab_result *lab)
{
    for (size_t i = 0; i < lab->count; i++) {
        free(lab->step[i].sentence);
        free(lab->step[i].reason);
        free(lab->step[i].page);
        facts_free(&lab->step[i].facts);
    }
    free(lab->step);
    free(lab->from);
    lines_free(&lab->first_warning);
    free(lab->evidence);
    free(lab->place);
    *lab = (struct lab_result){0};
}

void result_free(struct result *result)
{
    for (size_t i = 0; i < result->count; i++)
        lab_result_free(&result->lab[i]);
    free(result->lab);
    free(result->why_no_box);
    *result = (struct result){0};
}
