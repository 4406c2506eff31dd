/*
 * source.c - see source.h.
 */
#include "source.h"

#include "capture.h"
#include "text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SECONDS = 20 };

// `/home/.../server.c:96 (discriminator 1)`: the file's name and the line; NULL for `??:0`.
static char *short_place(const char *place, size_t size)
{
    char *text = clean_text(place, size, 300);
    char *slash = strrchr(text, '/'), *file = slash != NULL ? slash + 1 : text;
    file[strcspn(file, " ")] = '\0';
    const char *colon = strchr(file, ':');
    bool known = colon != NULL && file[0] != '?' && colon[1] >= '1' && colon[1] <= '9';
    char *line = known ? copy_text(file) : NULL;
    free(text);
    return line;
}

static const char *find_program(const struct call_site *site, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (site[i].program != NULL)
            return site[i].program;
    return NULL;
}

static void make_command(struct lines *argv, const char *program, const struct call_site *site,
                         size_t count)
{
    lines_add(argv, copy_text("addr2line"));
    lines_add(argv, copy_text("-e"));
    lines_add(argv, copy_text(program));
    for (size_t i = 0; i < count; i++) {
        bool known = site[i].program != NULL && strcmp(site[i].program, program) == 0;
        // A call returns to the instruction behind it, which may belong to the next line.
        lines_add(argv, format_text("%lx", known && site[i].address > 0 ? site[i].address - 1 : 0));
    }
    lines_add(argv, NULL);
}

void source_find(const struct call_site *site, size_t count, char **line)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", "LC_ALL=C", NULL};
    const char *program = find_program(site, count);
    struct lines argv = {0};
    struct capture capture = {0};

    for (size_t i = 0; i < count; i++)
        line[i] = NULL;
    if (program == NULL)
        return;
    make_command(&argv, program, site, count);
    if (capture_run(&capture, (const char *const *)argv.line, env, NULL, SECONDS) ==
        CAPTURE_ENDED) {
        const char *at = capture.output.bytes != NULL ? capture.output.bytes : "";
        for (size_t i = 0; i < count && *at != '\0'; i++) {
            size_t size = strcspn(at, "\n");
            line[i] = short_place(at, size);
            at += size + (at[size] == '\n');
        }
    }
    text_free(&capture.output);
    lines_free(&argv);
}
