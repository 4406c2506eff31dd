/*
 * story.c - how supervise tells what was done and what came of it. See commands.h.
 */
#include "commands.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { STORY_HEAD = 2, STORY_TAIL = 7 };

// The part of a line that says what somebody did: of "A sent 5 bytes" and "A to C: each sent 5
// bytes" the same.
static const char *deed(const char *line)
{
    static const char many[] = ": each ";
    const char *each = strstr(line, many), *rest = line + strcspn(line, " ");
    return each != NULL ? each + strlen(many) : rest + strspn(rest, " ");
}

// What one after another did becomes one line: "crowd.1 to crowd.50: each sent 5 bytes".
static bool join_last(struct supervisor *s, const char *line)
{
    char *last = s->story_size > 0 ? s->story[s->story_size - 1] : NULL, *joined = NULL;
    size_t first = last != NULL ? strcspn(last, " ") : 0, name = strcspn(line, " ");
    const char *did = deed(line);
    if (last == NULL || strcmp(deed(last), did) != 0 ||
        (first == name && strncmp(last, line, name) == 0) ||
        asprintf(&joined, "%.*s to %.*s: each %s", (int)first, last, (int)name, line, did) == -1)
        return false;
    free(last);
    s->story[s->story_size - 1] = joined;
    return true;
}

void tell(struct supervisor *s, const char *format, ...)
{
    char *line;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&line, format, args);
    va_end(args);
    if (length == -1)
        return;
    record_tell(&s->record, "did", "%s", line);
    if (join_last(s, line)) {
        free(line);
        return;
    }
    if (s->story_size == STORY_MAX) {
        free(s->story[STORY_HEAD]);
        memmove(s->story + STORY_HEAD, s->story + STORY_HEAD + 1,
                (STORY_MAX - STORY_HEAD - 1) * sizeof *s->story);
        s->story_size--;
    }
    s->story[s->story_size++] = line;
}

static void print_keyed(FILE *to, const char *key, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        fprintf(to, "%s|%.*s\n", key, (int)length, text);
        text += length + (text[length] == '\n');
    }
}

void print_story(struct supervisor *s, FILE *to)
{
    for (size_t i = 0; i < s->story_size; i++) {
        if (i >= STORY_HEAD && i + STORY_TAIL < s->story_size) {
            if (i == STORY_HEAD)
                fprintf(to, "did|...\n");
            continue;
        }
        print_keyed(to, "did", s->story[i]);
    }
}

void print_notes(struct supervisor *s, FILE *to)
{
    for (struct program *program = s->programs; program != NULL; program = program->next) {
        program_print_notes(to, program);
        if (program_tool_failed(program, s->scratch))
            fprintf(to, "broken|%s cannot run this program on this machine\n",
                    program->under == UNDER_MEMCHECK ? "valgrind" : "ThreadSanitizer");
    }
}

void broken(struct answer *answer, const char *format, ...)
{
    va_list args;
    answer->ok = false;
    answer->broken = true;
    fprintf(answer->text, "broken|");
    va_start(args, format);
    vfprintf(answer->text, format, args);
    va_end(args);
    fputc('\n', answer->text);
}

void failed(struct answer *answer, const char *expected, const char *got)
{
    answer->ok = false;
    print_keyed(answer->text, "expected", expected);
    print_keyed(answer->text, "got", got);
}
