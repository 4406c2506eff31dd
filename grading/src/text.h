/*
 * text.h - strings that grow, lists of lines, and making foreign bytes safe to show.
 *
 * Every byte that comes from outside (a check's output, the compiler's, a program's last words)
 * passes clean_text() once, where it is read. From there on all text is valid UTF-8 without
 * control characters, and no report has to think of that again.
 *
 * When memory runs out these functions end the program with status 3 (EXIT_GRADER).
 */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>

/* A string that grows. Start with {0}; `bytes` is NULL or ends with a NUL. */
struct text {
    char *bytes;
    size_t size; // without the NUL
    size_t room; // what is allocated
};

void text_add(struct text *text, const void *bytes, size_t size);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds what the file holds. Returns 0; or -1 with errno when it can't be opened. */
int text_add_file(struct text *text, const char *path);

void text_free(struct text *text);

/* malloc'ed strings; never NULL. */
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *copy_text(const char *string);

/* realloc(3) to count elements; never NULL. */
void *grow(void *memory, size_t count, size_t element_size);

/* Lines in order. Start with {0}. */
struct lines {
    char **line;
    size_t count;
    size_t room; // what is allocated
};

/* Takes over a malloc'ed line. */
void lines_add(struct lines *lines, char *line);
void lines_free(struct lines *lines);

/*
 * Makes bytes safe: the result is valid UTF-8; a byte that is none becomes U+FFFD, control
 * characters and those that turn the writing direction become \n, \t, \x1b, \u{202e}, and what
 * a CI system would take for a command loses its first character. At most
 * max bytes are taken; ` ...` tells that there were more. malloc'ed.
 */
char *clean_text(const char *bytes, size_t size, size_t max);

/* Replaces each tab by blanks up to the next multiple of 8 columns. malloc'ed. */
char *expand_tabs(const char *line);

/*
 * Decodes the character at *at of a string in UTF-8 and moves *at behind it.
 * Returns its code point, or -1 for a byte that begins none (one byte is passed).
 */
long next_character(const char **at, const char *end);

/* How many columns of a terminal the string takes. */
size_t text_columns(const char *string);

#endif
