/*
 * grading.c - see grading.h.
 */
#include "grading.h"

#include "build.h"
#include "checks.h"
#include "interrupt.h"
#include "judge.h"
#include "play.h"
#include "progress.h"
#include "schedule.h"
#include "scratch.h"
#include "status.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

// Everything that one grading holds.
struct grading {
    const struct course *course;
    const struct selection *selection;
    const struct options *options;
    struct trees trees;
    struct box box;
    uint32_t seed;
    bool replay;         // see schedule.h
    char *records;       // a directory; NULL: nothing is recorded
    unsigned seconds;    // see schedule.h
    struct build *build; // by entry of the selection, as are the runs
    struct run *run;
};

// --- Before the start ---------------------------------------------------------------------------

static bool is_there(const char *directory, const char *name)
{
    char *path = format_text("%s/%s", directory, name);
    bool there = access(path, R_OK) == 0;
    free(path);
    return there;
}

// Returns what the checks need and the machine lacks; NULL when all is there.
static const char *find_missing_tool(void)
{
    static const char *const programs[] = {"make", "gcc", "bats", "nc", "valgrind", "strace"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (!is_there("/usr/bin", programs[i]) && !is_there("/bin", programs[i]) &&
            !is_there("/usr/local/bin", programs[i]))
            return programs[i];
    return is_there("/usr/include/criterion", "criterion.h") ? NULL : "libcriterion";
}

static const struct lab *find_missing_lab(const struct grading *grading)
{
    for (size_t i = 0; i < grading->selection->count; i++) {
        const struct lab *lab = grading->selection->entry[i].lab;
        struct stat info;
        char *path = format_text("%s/%s", grading->trees.from_path, lab->directory);
        bool found = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
        free(path);
        if (!found)
            return lab;
    }
    return NULL;
}

static int prepare(struct grading *grading, char **error)
{
    const struct options *options = grading->options;

    if (trees_find(&grading->trees, grading->course, options->from, options->base, error) == -1)
        return EXIT_USAGE;
    const struct lab *lab = find_missing_lab(grading);
    if (lab != NULL) {
        *error = format_text("%s: there is no %s", options->from, lab->directory);
        return EXIT_USAGE;
    }
    const char *tool = find_missing_tool();
    if (tool != NULL) {
        *error = format_text("%s is not installed: make deps installs it", tool);
        return EXIT_GRADER;
    }
    if (scratch_make() == NULL) {
        *error = format_text("a directory for temporary files: %s", strerror(errno));
        return EXIT_GRADER;
    }
    grading->seed = options->seed;
    if (!options->seed_given &&
        getrandom(&grading->seed, sizeof grading->seed, 0) != sizeof grading->seed)
        grading->seed = (uint32_t)getpid();
    return 0;
}

static int prepare_box(struct grading *grading, char **error)
{
    enum box_mode mode = grading->options->box;
    if (box_prepare(&grading->box, mode) == -1) {
        *error = format_text("the files of the box: %s", strerror(errno));
        return EXIT_GRADER;
    }
    if (interrupt_signal() != 0)
        return EXIT_SIGNAL + interrupt_signal();
    if (mode == BOX_REQUIRE && !grading->box.boxed) {
        *error = format_text("no box is possible here: %s", grading->box.why_not);
        return EXIT_GRADER;
    }
    return 0;
}

static void clean_up(struct grading *grading)
{
    scratch_remove();
    box_free(&grading->box);
    trees_free(&grading->trees);
}

// --- Building and running -----------------------------------------------------------------------

// Builds and runs some labs: all their steps (or the one that was asked for) when only is NULL,
// else only[i] of lab i, alone. Returns 0, or an exit status after ^C.
static int build_and_run(struct grading *grading, struct build *build, struct run *run,
                         const struct selected *entry, size_t count, const struct trees *trees,
                         const unsigned *only)
{
    const struct lab **labs = grow(NULL, count, sizeof *labs);
    struct schedule schedule = {
        .course = grading->course,
        .box = &grading->box,
        .seed = grading->seed,
        .replay = grading->replay,
        .records = grading->records,
        .seconds = grading->seconds,
        .run = grow(NULL, count, sizeof *schedule.run),
        .progress = progress_checks,
    };
    for (size_t i = 0; i < count; i++) {
        unsigned step = only != NULL ? only[i] : grading->selection->step;
        labs[i] = entry[i].lab;
        run_prepare(&run[i], grading->course, entry[i].lab, entry[i].plan, &build[i], step,
                    only == NULL);
    }
    progress_building(run, count);
    build_labs(build, labs, count, grading->course, trees, &grading->box);
    free(labs);
    // The runs of labs that could be built take their place in the schedule, and come back.
    for (size_t i = 0; i < count; i++)
        if (build[i].state == BUILD_DONE)
            schedule.run[schedule.count++] = run[i];
    int interrupted = interrupt_signal();
    if (interrupted == 0 && schedule_run(&schedule) == -1)
        interrupted = interrupt_signal();
    progress_clear();
    for (size_t i = 0, at = 0; i < count; i++)
        if (build[i].state == BUILD_DONE)
            run[i] = schedule.run[at++];
    free(schedule.run);
    return interrupted == 0 ? 0 : EXIT_SIGNAL + interrupted;
}

static void free_runs(struct build *build, struct run *run, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        run_free(&run[i]);
        build_free(&build[i]);
    }
    free(run);
    free(build);
}

// --- Whose fault: this lab's code, or that of the earlier labs it is linked with? ---------------

// "lab00 or lab01", and the last of them. malloc'ed.
static char *name_links(const struct course *course, const struct lab *lab, const char **last)
{
    struct text text = {0};
    for (size_t i = 0; i < course->count; i++) {
        const char *name = course->lab[i].name;
        if (strstr(lab->links, name) == NULL)
            continue;
        text_addf(&text, "%s%s", text.size > 0 ? " or " : "", name);
        *last = name;
    }
    return text.bytes;
}

// The step to try again with the reference's pieces, or NO_STEP.
static unsigned find_suspect(const struct grading *grading, const struct lab_result *lab)
{
    const struct step_result *trouble = lab_result_first_trouble(lab);
    const char *last = NULL;
    if (trouble == NULL || trouble->status != STATUS_FAILED)
        return NO_STEP;
    free(name_links(grading->course, lab->lab, &last));
    return last != NULL ? trouble->number : NO_STEP;
}

static void advise(const struct grading *grading, struct lab_result *lab, unsigned number)
{
    const char *last = NULL;
    char *links = name_links(grading->course, lab->lab, &last);
    for (size_t i = 0; i < lab->count; i++) {
        struct step_result *step = &lab->step[i];
        if (step->number != number)
            continue;
        free(step->reason);
        step->reason = format_text("Step %u holds with the reference's earlier pieces: the fault "
                                   "is in your %s. Try ./grader %s first.",
                                   number, links, last);
    }
    free(links);
}

static bool has_passed(const struct grading *grading, const struct run *run, unsigned step)
{
    struct lab_result again;
    judge_run(&again, run, grading->course, grading->trees.from, step);
    bool passed = again.step[0].status == STATUS_PASSED;
    lab_result_free(&again);
    return passed;
}

// Runs the suspects again, linked with the reference's pieces. Returns 0 or an exit status.
static int try_with_reference(struct grading *grading, struct result *result,
                              const struct trees *trees)
{
    size_t most = result->count, count = 0;
    struct selected *entry = grow(NULL, most, sizeof *entry);
    struct build *build = grow(NULL, most, sizeof *build);
    struct run *run = grow(NULL, most, sizeof *run);
    struct lab_result **lab = grow(NULL, most, sizeof *lab);
    unsigned *only = grow(NULL, most, sizeof *only);
    int status = 0;

    for (size_t i = 0; i < most; i++) {
        only[count] = find_suspect(grading, &result->lab[i]);
        if (only[count] == NO_STEP)
            continue;
        entry[count] = grading->selection->entry[i];
        lab[count++] = &result->lab[i];
    }
    if (count > 0)
        status = build_and_run(grading, build, run, entry, count, trees, only);
    for (size_t i = 0; i < count && status == 0; i++)
        if (build[i].state == BUILD_DONE && has_passed(grading, &run[i], only[i]))
            advise(grading, lab[i], only[i]);
    free_runs(build, run, count);
    free(only);
    free(lab);
    free(entry);
    return status;
}

static int look_for_earlier_fault(struct grading *grading, struct result *result)
{
    struct trees trees;
    char *error = NULL;
    int status = 0;

    if (!trees_share(&grading->trees))
        return 0; // the earlier labs are not the learner's
    if (trees_find(&trees, grading->course, grading->options->from, "solutions", &error) == -1) {
        free(error); // then there is nothing to compare with
        return 0;
    }
    if (!trees_share(&trees))
        status = try_with_reference(grading, result, &trees);
    trees_free(&trees);
    return status;
}

// --- The verdict ---------------------------------------------------------------------------------

static void judge_all(const struct grading *grading, struct result *result)
{
    *result = (struct result){
        .seed = grading->seed,
        .isolation = grading->box.boxed ? "bubblewrap" : "none",
        .why_no_box = grading->box.why_not != NULL ? copy_text(grading->box.why_not) : NULL,
        .lab = grow(NULL, grading->selection->count, sizeof *result->lab),
    };
    for (size_t i = 0; i < grading->selection->count; i++)
        judge_run(&result->lab[result->count++], &grading->run[i], grading->course,
                  grading->trees.from, grading->selection->step);
}

static int grade_prepared(struct grading *grading, struct result *result, char **error)
{
    size_t count = grading->selection->count;
    int status = prepare_box(grading, error);
    if (status != 0)
        return status;
    grading->build = grow(NULL, count, sizeof *grading->build);
    grading->run = grow(NULL, count, sizeof *grading->run);
    status = build_and_run(grading, grading->build, grading->run, grading->selection->entry, count,
                           &grading->trees, NULL);
    if (status == 0) {
        judge_all(grading, result);
        status = look_for_earlier_fault(grading, result);
        if (status != 0)
            result_free(result);
    }
    free_runs(grading->build, grading->run, count);
    return status;
}

// --- Once more, traced --------------------------------------------------------------------------

// Runs what was selected: a step alone, without what it needs.
static int run_selected(struct grading *grading, struct build *build, struct run *run, char **error)
{
    const struct selection *selection = grading->selection;
    int status = prepare_box(grading, error);
    if (status != 0)
        return status;
    return build_and_run(grading, build, run, selection->entry, 1, &grading->trees,
                         selection->step != NO_STEP ? &selection->step : NULL);
}

int grade_traced(struct recordings *recordings, const struct course *course,
                 const struct selection *selection, const struct options *options, unsigned seconds,
                 char **error)
{
    struct grading grading = {.course = course, .selection = selection, .options = options};
    struct build build = {0};
    struct run run = {0};

    *error = NULL;
    int status = prepare(&grading, error);
    if (status == 0) {
        grading.records = scratch_directory("records");
        grading.seconds = seconds;
        status = run_selected(&grading, &build, &run, error);
    }
    if (status == 0)
        recordings_read(recordings, grading.records);
    run_free(&run);
    build_free(&build);
    free(grading.records);
    clean_up(&grading);
    return status;
}

// --- By hand ------------------------------------------------------------------------------------

// Takes over what the tests of the step say of themselves.
static void collect_by_hand(struct facts *facts, const struct run *run, const char *id)
{
    for (size_t i = 0; i < run->count; i++)
        for (size_t j = 0; j < run->check[i].tap.count; j++) {
            const struct test *test = &run->check[i].tap.test[j];
            if (strcmp(test->id, id) != 0)
                continue;
            facts_add(facts, FACT_NOTE, copy_text(test->sentence));
            for (size_t k = 0; k < test->facts.count; k++)
                if (test->facts.fact[k].kind == FACT_TRY)
                    facts_add(facts, FACT_TRY, copy_text(test->facts.fact[k].text));
        }
}

static int play(const struct grading *grading, const struct facts *facts, char **error)
{
    const struct selection *selection = grading->selection;
    const char *title = selection->entry[0].plan->steps[selection->step - 1].title;
    if (!grading->options->run) {
        play_print(stdout, title, facts);
        return 0;
    }
    if (!grading->box.boxed) {
        *error = format_text("--run plays in a box, and none is possible here%s%s",
                             grading->box.why_not != NULL ? ": " : "",
                             grading->box.why_not != NULL ? grading->box.why_not : "");
        return EXIT_GRADER;
    }
    return play_run(&grading->box, grading->course->root, title, facts, error);
}

int grade_replay(const struct course *course, const struct selection *selection,
                 const struct options *options, char **error)
{
    struct grading grading = {
        .course = course, .selection = selection, .options = options, .replay = true};
    struct build build = {0};
    struct run run = {0};
    struct facts facts = {0};
    const struct selected *entry = &selection->entry[0];

    *error = NULL;
    int status = prepare(&grading, error);
    if (status == 0)
        status = run_selected(&grading, &build, &run, error);
    if (status == 0 && build.state != BUILD_DONE) {
        status = EXIT_NOT_ALL;
        *error = format_text("%s does not build: ./grader %s says why", entry->lab->name,
                             entry->lab->name);
    } else if (status == 0) {
        collect_by_hand(&facts, &run, entry->plan->steps[selection->step - 1].id);
        status = play(&grading, &facts, error);
    }
    facts_free(&facts);
    run_free(&run);
    build_free(&build);
    clean_up(&grading);
    return status;
}

// --- All of it ----------------------------------------------------------------------------------

int grade(struct result *result, const struct course *course, const struct selection *selection,
          const struct options *options, char **error)
{
    struct grading grading = {.course = course, .selection = selection, .options = options};

    *error = NULL;
    int status = prepare(&grading, error);
    if (status == 0)
        status = grade_prepared(&grading, result, error);
    clean_up(&grading);
    return status;
}
