/*
 * show.c - see show.h.
 */
#include "show.h"

#include "drawing.h"
#include "grading.h"
#include "paper.h"
#include "picture.h"
#include "report.h"
#include "source.h"
#include "status.h"
#include "text.h"

#include <err.h>
#include <stdlib.h>

enum {
    // Who looks at evidence wants it soon; strace makes a program some ten times as slow.
    EVIDENCE_SECONDS = 30,
    PICTURE_SECONDS = 300, // who wants a picture of a whole lab waits for it
};

static bool wants_evidence(const struct options *options, const struct result *result)
{
    const struct step_result *trouble = lab_result_first_trouble(&result->lab[0]);
    bool shown = false;
    for (size_t i = 0; i < options->outputs; i++)
        shown |= options->output[i].format->shows_evidence;
    return shown && !options->no_trace && result->count == 1 && trouble != NULL &&
           trouble->status == STATUS_FAILED;
}

static void find_places(struct evidence *evidence)
{
    struct call_site site[EVIDENCE_MAX];
    char *place[EVIDENCE_MAX];
    for (size_t i = 0; i < evidence->count; i++)
        site[i] = (struct call_site){evidence->sight[i].program, evidence->sight[i].address};
    source_find(site, evidence->count, place);
    for (size_t i = 0; i < evidence->count; i++)
        evidence->sight[i].place = place[i];
}

// Keeps the evidence in the result, as it looks in a text without colours. NULL: as report_evidence().
static void keep_evidence(struct lab_result *lab, unsigned step, const struct evidence *evidence)
{
    const struct look look = {.utf8 = true};
    char *bytes = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&bytes, &size);
    if (memory == NULL)
        return;
    report_evidence(memory, step, evidence, &look);
    fclose(memory);
    free(lab->evidence);
    lab->evidence = bytes;
    for (size_t i = 0; evidence != NULL && i < evidence->count && lab->place == NULL; i++)
        if (evidence->sight[i].mark != NULL && evidence->sight[i].place != NULL)
            lab->place = copy_text(evidence->sight[i].place);
}

static void show_evidence(FILE *report, struct lab_result *lab, const struct recordings *recordings)
{
    const struct step_result *trouble = lab_result_first_trouble(lab);
    const struct recording *recording = recordings_failed(recordings, trouble->step->id);
    struct evidence evidence = {0}, *found = NULL;
    if (recording == NULL || recording->trace.count == 0)
        return;
    if (recording->failed != NULL) {
        found = &evidence;
        evidence_choose(found, recording);
        find_places(found);
    }
    if (report != NULL) {
        struct look look = look_for(report);
        report_evidence(report, trouble->number, found, &look);
    }
    keep_evidence(lab, trouble->number, found);
    evidence_free(&evidence);
}

int show(FILE *report, FILE *picture, const struct course *course,
         const struct selection *selection, const struct options *options, struct result *result)
{
    bool evidence = wants_evidence(options, result);
    struct selection wanted = *selection;
    struct options again = *options;
    struct recordings recordings = {0};
    char *error = NULL;

    if (picture == NULL && !evidence)
        return 0;
    if (picture == NULL)
        wanted.step = lab_result_first_trouble(&result->lab[0])->number;
    again.seed_given = true;
    again.seed = result->seed;
    if (report != NULL)
        fflush(report);
    int status = grade_traced(&recordings, course, &wanted, &again,
                              picture != NULL ? PICTURE_SECONDS : EVIDENCE_SECONDS, &error);
    if (status == 0 && evidence)
        show_evidence(report, &result->lab[0], &recordings);
    if (status == 0 && picture != NULL) {
        const struct lab_result *lab = &result->lab[0];
        int written = drawing_is_meant(options->picture)
                          ? drawing_write(picture, course, lab, &recordings, &error)
                          : picture_write(picture, course, lab, &recordings, &error);
        status = written == 0 ? 0 : EXIT_GRADER;
        if (status == 0 && report != NULL)
            fprintf(report, "\nThe picture is in %s\n", options->picture);
    }
    recordings_free(&recordings);
    if (status > EXIT_SIGNAL)
        warnx("interrupted");
    else if (status != 0 && picture != NULL)
        warnx("%s: %s", options->picture, error);
    else
        status = 0; // the report is whole without evidence
    free(error);
    return status;
}
