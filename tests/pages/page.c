/*
 * page.c - see page.h.
 */
#include "page.h"

#include <cmark.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

// What the reading is about to need of what came before.
struct reader {
    struct page *page;
    char *source, *target; // of the comment just before
    size_t details;        // in how many <details> we are
};

static void split_lines(struct lines *lines, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        lines_add(lines, format_text("%.*s", (int)size, text));
        text += size + (text[size] == '\n');
    }
}

// --- Anchors ------------------------------------------------------------------------------------

bool page_has_anchor(const struct page *page, const char *anchor)
{
    for (size_t i = 0; i < page->anchors.count; i++)
        if (strcmp(page->anchors.line[i], anchor) == 0)
            return true;
    return false;
}

// As GitHub makes it: small letters, digits, - and _ stay, a blank becomes -, all else goes.
static char *make_anchor(const char *heading)
{
    struct text anchor = {0};
    size_t left = strlen(heading), size;
    wchar_t character;
    mbstate_t state = {0};
    for (; left > 0; heading += size, left -= size) {
        size = mbrtowc(&character, heading, left, &state);
        if (size == 0 || size > left)
            break;
        if (character == L' ')
            text_add(&anchor, "-", 1);
        else if (character == L'-' || character == L'_')
            text_add(&anchor, heading, 1);
        else if (iswalnum((wint_t)character)) {
            char bytes[MB_LEN_MAX];
            mbstate_t out = {0};
            text_add(&anchor, bytes, wcrtomb(bytes, (wchar_t)towlower((wint_t)character), &out));
        }
    }
    return anchor.bytes != NULL ? anchor.bytes : copy_text("");
}

// The second heading of the same words gets -1, the third -2.
static void add_anchor(struct page *page, char *anchor)
{
    char *name = copy_text(anchor);
    for (unsigned twin = 1; page_has_anchor(page, name); twin++) {
        free(name);
        name = format_text("%s-%u", anchor, twin);
    }
    free(anchor);
    lines_add(&page->anchors, name);
}

static void add_heading(struct page *page, cmark_node *heading)
{
    struct text words = {0};
    cmark_iter *walk = cmark_iter_new(heading);
    while (cmark_iter_next(walk) != CMARK_EVENT_DONE) {
        cmark_node *node = cmark_iter_get_node(walk);
        cmark_node_type type = cmark_node_get_type(node);
        const char *literal = cmark_node_get_literal(node);
        if (literal != NULL && (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE))
            text_add(&words, literal, strlen(literal));
    }
    cmark_iter_free(walk);
    add_anchor(page, make_anchor(words.bytes != NULL ? words.bytes : ""));
    page->heading_count++;
    text_free(&words);
}

// --- HTML ---------------------------------------------------------------------------------------

// Of `<!-- from solutions/lab03-processes/children.c: on_sigchld -->` what follows the word "from".
static char *read_comment(const char *html, const char *word)
{
    char *before = format_text("<!-- %s ", word);
    const char *at = strncmp(html, before, strlen(before)) == 0 ? html + strlen(before) : NULL;
    const char *end = at != NULL ? strstr(at, " -->") : NULL;
    free(before);
    return end != NULL ? format_text("%.*s", (int)(end - at), at) : NULL;
}

static void see_html(struct reader *reader, const char *html)
{
    static const char id[] = "<a id=\"";
    for (const char *at = html; (at = strstr(at, id)) != NULL;) {
        at += strlen(id);
        lines_add(&reader->page->anchors, format_text("%.*s", (int)strcspn(at, "\""), at));
        lines_add(&reader->page->ids, format_text("%.*s", (int)strcspn(at, "\""), at));
    }
    for (const char *at = html; (at = strstr(at, "<details>")) != NULL; at++)
        reader->details++;
    for (const char *at = html; (at = strstr(at, "</details>")) != NULL; at++)
        reader->details -= reader->details > 0;
}

// --- All of it ----------------------------------------------------------------------------------

static void add_block(struct reader *reader, cmark_node *node)
{
    struct page *page = reader->page;
    const char *info = cmark_node_get_fence_info(node);
    const char *text = cmark_node_get_literal(node);
    struct block block = {
        .language = format_text("%.*s", (int)strcspn(info, " "), info),
        .text = copy_text(text),
        .line = (size_t)cmark_node_get_start_line(node) + 1,
        .source = reader->source,
        .target = reader->target,
        .hidden = reader->details > 0,
    };
    reader->source = reader->target = NULL;
    for (; *text != '\0'; text++)
        block.count += *text == '\n';
    page->block = grow(page->block, page->block_count + 1, sizeof *page->block);
    page->block[page->block_count++] = block;
}

static void add_link(struct page *page, cmark_node *node)
{
    cmark_node *above = node;
    while (cmark_node_get_start_line(above) == 0)
        above = cmark_node_parent(above);
    page->link = grow(page->link, page->link_count + 1, sizeof *page->link);
    page->link[page->link_count++] = (struct link){
        .target = copy_text(cmark_node_get_url(node)),
        .line = (size_t)cmark_node_get_start_line(above),
    };
}

static void see_node(struct reader *reader, cmark_node *node)
{
    const char *literal = cmark_node_get_literal(node);
    switch (cmark_node_get_type(node)) {
    case CMARK_NODE_HEADING:
        add_heading(reader->page, node);
        break;
    case CMARK_NODE_CODE_BLOCK:
        add_block(reader, node);
        break;
    case CMARK_NODE_LINK:
    case CMARK_NODE_IMAGE:
        add_link(reader->page, node);
        break;
    case CMARK_NODE_HTML_BLOCK:
    case CMARK_NODE_HTML_INLINE:
        see_html(reader, literal);
        free(reader->source);
        free(reader->target);
        reader->source = read_comment(literal, "from");
        reader->target = read_comment(literal, "save");
        break;
    default:
        break;
    }
}

int page_read(struct page *page, const char *path)
{
    struct reader reader = {.page = page};
    struct text text = {0};
    *page = (struct page){.path = path};
    if (text_add_file(&text, path) == -1)
        return -1;
    const char *bytes = text.bytes != NULL ? text.bytes : "";
    split_lines(&page->lines, bytes);
    cmark_node *document = cmark_parse_document(bytes, strlen(bytes), CMARK_OPT_DEFAULT);
    cmark_iter *walk = cmark_iter_new(document);
    for (cmark_event_type event; (event = cmark_iter_next(walk)) != CMARK_EVENT_DONE;)
        if (event == CMARK_EVENT_ENTER)
            see_node(&reader, cmark_iter_get_node(walk));
    cmark_iter_free(walk);
    cmark_node_free(document);
    free(reader.source);
    free(reader.target);
    text_free(&text);
    return 0;
}

void page_free(struct page *page)
{
    for (size_t i = 0; i < page->block_count; i++) {
        free(page->block[i].language);
        free(page->block[i].text);
        free(page->block[i].source);
        free(page->block[i].target);
    }
    for (size_t i = 0; i < page->link_count; i++)
        free(page->link[i].target);
    free(page->block);
    free(page->link);
    lines_free(&page->lines);
    lines_free(&page->anchors);
    lines_free(&page->ids);
    *page = (struct page){0};
}
