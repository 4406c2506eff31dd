/*
 * story.c - how supervise tells what was done and what came of it. See commands.h.
 */
#include "commands.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { STORY_HEAD = 2, STORY_TAIL = 7 };

void tell(struct supervisor *s, const char *format, ...)
{
    va_list args;
    if (s->story_size == STORY_MAX) {
        free(s->story[STORY_HEAD]);
        memmove(s->story + STORY_HEAD, s->story + STORY_HEAD + 1,
                (STORY_MAX - STORY_HEAD - 1) * sizeof *s->story);
        s->story_size--;
    }
    va_start(args, format);
    if (vasprintf(&s->story[s->story_size], format, args) >= 0)
        s->story_size++;
    va_end(args);
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
