/*
 * pages.c - is what the pages of docs/ show what really happens?
 *
 * usage: pages run [-w] PAGE DIRECTORY     its console blocks, in a copy of the course
 *        pages read [-w] PAGE              its C blocks, and its links
 *        pages twin ORIGINAL TRANSLATION   have they the same blocks?
 *        pages anchors PAGE                prints where links can lead
 *
 * Each prints a line for all that is wrong. -w mends it in the page, where that can be done.
 *
 *     page ──> console, excerpts, links, twins ──> report
 *                  └───────┴──> edits
 */
#include "console.h"
#include "excerpts.h"
#include "links.h"
#include "report.h"
#include "twins.h"

#include <err.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

static struct page open_page(const char *path)
{
    struct page page;
    if (page_read(&page, path) == -1)
        err(EXIT_FAILURE, "%s", path);
    return page;
}

static void finish(struct page *page, struct edits *edits, bool write)
{
    if (write && edits->count > 0 && edits_write(edits, page) == -1)
        err(EXIT_FAILURE, "%s", page->path);
    edits_free(edits);
    page_free(page);
}

static void run_page(const char *path, const char *directory, bool write)
{
    struct page page = open_page(path);
    struct edits edits = {0};
    console_check(&page, directory, &edits);
    finish(&page, &edits, write);
}

static void read_page(const char *path, bool write)
{
    struct page page = open_page(path);
    struct edits edits = {0};
    excerpts_check(&page, &edits);
    links_check(&page);
    finish(&page, &edits, write);
}

static void compare(const char *path, const char *other_path)
{
    struct page original = open_page(path), translation = open_page(other_path);
    twins_check(&original, &translation);
    page_free(&original);
    page_free(&translation);
}

static void print_anchors(const char *path)
{
    struct page page = open_page(path);
    for (size_t i = 0; i < page.anchors.count; i++)
        puts(page.anchors.line[i]);
    page_free(&page);
}

int main(int argc, char *argv[])
{
    const char *task = argc > 1 ? argv[1] : "";
    bool write = argc > 2 && strcmp(argv[2], "-w") == 0;
    int count = argc - 2 - write;
    char **words = argv + 2 + write;

    setlocale(LC_ALL, "C.UTF-8"); // headings may be of any script
    if (strcmp(task, "run") == 0 && count == 2) {
        run_page(words[0], words[1], write);
    } else if (strcmp(task, "read") == 0 && count == 1) {
        read_page(words[0], write);
    } else if (strcmp(task, "twin") == 0 && count == 2 && !write) {
        compare(words[0], words[1]);
    } else if (strcmp(task, "anchors") == 0 && count == 1 && !write) {
        print_anchors(words[0]);
    } else {
        fputs("usage: pages run [-w] PAGE DIRECTORY | read [-w] PAGE |\n"
              "             twin ORIGINAL TRANSLATION | anchors PAGE\n",
              stderr);
        return EXIT_USAGE;
    }
    return report_count() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
