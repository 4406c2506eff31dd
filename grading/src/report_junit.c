/*
 * report_junit.c - the result as the XML that most systems for continuous integration read.
 *
 *     testsuites > testsuite (a lab) > testcase (a step) > failure | error
 *
 * Whatever did not pass is a failure, also a step that was not reached: readers take a skipped test
 * for a good one.
 */
#include "report.h"

#include "markup.h"
#include "status.h"

#include <stdlib.h>
#include <string.h>

static void set_seconds(mxml_node_t *element, double seconds)
{
    mxmlElementSetAttrf(element, "time", "%.3f", seconds);
}

static void add_case(mxml_node_t *suite, const struct lab_result *lab,
                     const struct step_result *step)
{
    mxml_node_t *element = mxmlNewElement(suite, "testcase");
    mxmlElementSetAttr(element, "classname", lab->lab->name);
    mxmlElementSetAttrf(element, "name", "%u. %s", step->number, step->step->title);
    set_seconds(element, step->seconds);
    if (step->status == STATUS_PASSED)
        return;
    char *message = step_result_message(step);
    mxml_node_t *trouble =
        add_words(element, step->status == STATUS_ERROR ? "error" : "failure", NULL, message);
    mxmlElementSetAttr(trouble, "type", status_name(step->status));
    mxmlElementSetAttrf(trouble, "message", "%s, 0 of %u points", status_name(step->status),
                        step->step->points);
    free(message);
}

static void add_suite(mxml_node_t *suites, const struct lab_result *lab)
{
    mxml_node_t *suite = mxmlNewElement(suites, "testsuite");
    unsigned errors = lab_result_count(lab, STATUS_ERROR);
    unsigned passed = lab_result_count(lab, STATUS_PASSED);
    mxmlElementSetAttr(suite, "name", lab->lab->name);
    mxmlElementSetAttrf(suite, "tests", "%zu", lab->count);
    mxmlElementSetAttrf(suite, "failures", "%zu", lab->count - passed - errors);
    mxmlElementSetAttrf(suite, "errors", "%u", errors);
    mxmlElementSetAttr(suite, "skipped", "0");
    set_seconds(suite, lab->seconds);
    for (size_t i = 0; i < lab->count; i++)
        add_case(suite, lab, &lab->step[i]);
}

void report_junit(FILE *to, const struct result *result, const struct look *look)
{
    (void)look;
    mxml_node_t *xml = mxmlNewXML("1.0");
    mxml_node_t *suites = mxmlNewElement(xml, "testsuites");
    mxmlElementSetAttr(suites, "name", "grader " GRADER_VERSION);
    for (size_t i = 0; i < result->count; i++)
        add_suite(suites, &result->lab[i]);
    mxmlSetWrapMargin(0);
    mxmlSaveFile(xml, to, MXML_NO_CALLBACK);
    fputc('\n', to);
    mxmlDelete(xml);
}
