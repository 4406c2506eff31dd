/*
 * show.c - see show.h.
 */
#include "show.h"

#include "drawing.h"
#include "grading.h"
#include "paper.h"
#include "picture.h"
#include "report.h"
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
    return options->format->write == report_text && !options->no_trace && result->count == 1 &&
           trouble != NULL && trouble->status == STATUS_FAILED;
}

static void show_evidence(FILE *report, const struct result *result,
                          const struct recordings *recordings)
{
    const struct step_result *trouble = lab_result_first_trouble(&result->lab[0]);
    const struct recording *recording = recordings_failed(recordings, trouble->step->id);
    struct look look = look_for(report);
    if (recording != NULL)
        report_evidence(report, trouble->number, recording, &look);
}

int show(FILE *report, FILE *picture, const struct course *course,
         const struct selection *selection, const struct options *options,
         const struct result *result)
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
    fflush(report);
    int status = grade_traced(&recordings, course, &wanted, &again,
                              picture != NULL ? PICTURE_SECONDS : EVIDENCE_SECONDS, &error);
    if (status == 0 && evidence)
        show_evidence(report, result, &recordings);
    if (status == 0 && picture != NULL) {
        const struct lab_result *lab = &result->lab[0];
        int written = drawing_is_meant(options->picture)
                          ? drawing_write(picture, course, lab, &recordings, &error)
                          : picture_write(picture, course, lab, &recordings, &error);
        status = written == 0 ? 0 : EXIT_GRADER;
        if (status == 0 && options->format->write == report_text)
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
