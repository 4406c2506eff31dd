/*
 * report_github.c - annotations for GitHub's pages: workflow commands, which the runner looks for in
 * what a job prints.
 *
 *     ::error file=labs/lab03-processes/server.c,line=56,title=lab03 step 4 failed::...
 *
 * One for each lab, on its first trouble: ten of a kind are the most that GitHub shows of a step.
 */
#include "report.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

// In these a '%' begins an escape, newlines would end the command, and ':' and ',' the property.
static void put_escaped(FILE *to, const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL)
            fprintf(to, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, to);
    }
}

static void put_property(FILE *to, const char *text)
{
    put_escaped(to, text, "%\r\n:,");
}

// Finds `lab03-processes/server.c:41` in the text. Returns where it begins, and the size of the file
// and of the line in it; or NULL.
static const char *find_place(const char *text, const char *directory, size_t *file, size_t *line)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t size = strlen(directory);
    for (; (text = strstr(text, directory)) != NULL; text += size) {
        if (text[size] != '/')
            continue;
        *file = size + 1 + strspn(text + size + 1, name);
        *line = text[*file] == ':' ? strspn(text + *file + 1, "0123456789") : 0;
        if (*line > 0)
            return text;
    }
    return NULL;
}

static void put_place(FILE *to, const struct lab_result *lab, const char *message)
{
    size_t file, line;
    const char *place = find_place(message, lab->lab->directory, &file, &line), *colon;
    if (place != NULL)
        fprintf(to, "file=labs/%.*s,line=%.*s,", (int)file, place, (int)line, place + file + 1);
    else if (lab->place != NULL && (colon = strchr(lab->place, ':')) != NULL) {
        fprintf(to, "file=labs/%s/", lab->lab->directory);
        char *name = format_text("%.*s", (int)(colon - lab->place), lab->place);
        put_property(to, name);
        free(name);
        fputs(",line=", to);
        put_property(to, colon + 1);
        fputc(',', to);
    }
}

static void put_lab(FILE *to, const struct lab_result *lab)
{
    const struct step_result *step = lab_result_first_trouble(lab);
    if (step == NULL) {
        fprintf(to, "::notice title=%s::%u of %u points\n", lab->lab->name, lab->score,
                lab->max_score);
        return;
    }
    char *message = step_result_message(step);
    char *story =
        format_text("%s\n%s%s%u of %u points in %s", step->step->title, message,
                    message[0] != '\0' ? "\n" : "", lab->score, lab->max_score, lab->lab->name);
    fputs(step->status == STATUS_NOT_WRITTEN ? "::warning " : "::error ", to);
    put_place(to, lab, message);
    fprintf(to, "title=%s step %u%%3A %s::", lab->lab->name, step->number,
            status_words(step->status));
    put_escaped(to, story, "%\r\n");
    fputc('\n', to);
    free(story);
    free(message);
}

void report_github(FILE *to, const struct result *result, const struct look *look)
{
    (void)look;
    for (size_t i = 0; i < result->count; i++)
        put_lab(to, &result->lab[i]);
}
