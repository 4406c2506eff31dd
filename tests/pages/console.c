/*
 * console.c - see console.h.
 */
#include "console.h"

#include "match.h"
#include "report.h"
#include "session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 10 * 1000 };

// A command of a block, and the lines below it.
struct command {
    char *text;         // with the lines that continue it
    size_t line;        // of the page, where it begins
    size_t output_line; // where what it prints begins
    struct lines shown;
};

struct run {
    const struct page *page;
    struct edits *edits;
    struct session session;
    struct names names;
    bool in_any_order; // programs in the background write, too
};

// --- Reading ------------------------------------------------------------------------------------

static const char *after_prompt(const char *line, const char *prompt)
{
    return strncmp(line, prompt, strlen(prompt)) == 0 ? line + strlen(prompt) : NULL;
}

// Reads the command at *at of the block's lines, and moves behind what it prints.
static struct command read_command(const struct page *page, size_t *at, size_t end)
{
    char *const *line = page->lines.line;
    struct text text = {0};
    struct command command = {.line = *at + 1};
    const char *words = after_prompt(line[*at], "$ ");
    do {
        text_addf(&text, "%s%s", text.size > 0 ? "\n" : "", words);
    } while (++*at < end && (words = after_prompt(line[*at], "> ")) != NULL);
    command.text = text.bytes;
    command.output_line = *at + 1;
    for (; *at < end && after_prompt(line[*at], "$ ") == NULL; ++*at)
        lines_add(&command.shown, copy_text(line[*at]));
    return command;
}

// --- Comparing ----------------------------------------------------------------------------------

// One that changes nothing may be repeated until it sees what the page shows.
static bool only_looks(const char *command)
{
    static const char *const names[] = {"ss", "ps",   "pgrep", "ls",   "cat", "grep",
                                        "wc", "head", "tail",  "jobs", "test"};
    size_t size = strcspn(command, " ");
    if (strchr(command, '>') != NULL && strstr(command, "2>") == NULL)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == size && strncmp(command, names[i], size) == 0)
            return true;
    return false;
}

static bool fits(struct run *run, const struct command *command, const struct lines *real)
{
    return match_lines(&run->names, &command->shown, real, run->in_any_order);
}

// More lines may come, or another look may see more. Returns -1 when the shell is lost.
static int run_until_it_fits(struct run *run, const struct command *command, const char *text,
                             struct lines *real, bool *good)
{
    int tries = PATIENCE_MS / 100;
    int result = session_run(&run->session, text, real);
    while (!(*good = fits(run, command, real)) && result == 0 && tries-- > 0) {
        bool more = session_wait(&run->session, 100, real);
        if (more || !only_looks(text))
            continue;
        lines_free(real);
        result = session_run(&run->session, text, real);
    }
    return result;
}

static void tell_difference(struct run *run, const struct command *command, struct lines *real)
{
    struct lines shown = {0};
    report(run->page, command->line, "$ %s", command->text);
    for (size_t i = 0; i < command->shown.count; i++)
        printf("    - %s\n", command->shown.line[i]);
    for (size_t i = 0; i < real->count; i++) {
        lines_add(&shown, put_shown(&run->names, real->line[i]));
        printf("    + %s\n", shown.line[i]);
    }
    edits_add(run->edits, command->output_line, command->shown.count, shown);
}

static int run_command(struct run *run, const struct command *command)
{
    char *text = put_real(&run->names, command->text);
    struct lines real = {0};
    bool good = false;
    run->in_any_order |= strchr(command->text, '&') != NULL;
    int result = run_until_it_fits(run, command, text, &real, &good);
    if (result == -1)
        report(run->page, command->line, "this did not end within a minute, or ended the shell");
    if (!good)
        tell_difference(run, command, &real);
    lines_free(&real);
    free(text);
    return result;
}

static int run_block(struct run *run, const struct block *block)
{
    const struct page *page = run->page;
    size_t at = block->line - 1, end = at + block->count;
    int result = 0;
    if (block->count == 0 || after_prompt(page->lines.line[at], "$ ") == NULL) {
        report(page, block->line, "a console block begins with `$ ` and a command");
        return 0;
    }
    while (at < end && result == 0) {
        struct command command = read_command(page, &at, end);
        result = run_command(run, &command);
        lines_free(&command.shown);
        free(command.text);
    }
    return result;
}

// What the page asks its reader to save.
static void save_block(const struct page *page, const struct block *block, const char *directory)
{
    char *path = format_text("%s/%s", directory, block->target);
    FILE *file = fopen(path, "we");
    if (file == NULL || fputs(block->text, file) == EOF)
        report(page, block->line, "%s: %s", block->target, strerror(errno));
    if (file != NULL)
        fclose(file);
    free(path);
}

void console_check(const struct page *page, const char *directory, struct edits *edits)
{
    struct run run = {.page = page, .edits = edits};
    if (session_start(&run.session, directory, "tests/pages/session.bash") == -1) {
        report(page, 0, "no shell: %s", strerror(errno));
        return;
    }
    int result = 0;
    for (size_t i = 0; i < page->block_count && result == 0; i++)
        if (page->block[i].target != NULL)
            save_block(page, &page->block[i], directory);
        else if (strcmp(page->block[i].language, "console") == 0)
            result = run_block(&run, &page->block[i]);
    session_end(&run.session);
    free(run.names.shown);
    free(run.names.real);
}
