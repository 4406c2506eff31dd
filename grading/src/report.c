/*
 * report.c - see report.h: the table of formats.
 */
#include "report.h"

#include "text.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct format formats[] = {
    {"text", report_text, true},
    {"json", report_json, false},
    {"junit", report_junit, false},
    {"tap", report_tap, false},
    {"markdown", report_markdown, true},
    {"github", report_github, true},
    {"gradescope", report_gradescope, true},
    {"classroom50", report_classroom50, false},
    {"csv", report_csv, false},
};

const struct format *format_find(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

char *format_names(void)
{
    struct text text = {0};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        text_addf(&text, "%s%s", i > 0 ? ", " : "", formats[i].name);
    return text.bytes;
}

struct look look_for(FILE *stream)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool terminal = isatty(fileno(stream));
    return (struct look){
        .colour = terminal && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
                  strcmp(term, "dumb") != 0,
        .utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
    };
}
