/*
 * bytes.h - bytes and words as people write and read them: "hello\n", "ab\0cd", "\xff".
 */
#ifndef BYTES_H
#define BYTES_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Decodes C escapes (\n \r \t \0 \\ \xHH) in place. Returns the size, or -1 if one is malformed. */
ssize_t bytes_unescape(char *text);

/* Prints bytes as a C string in quotes, at most `most` of them, then "..." and the whole size. */
void bytes_print(FILE *to, const unsigned char *data, size_t size, size_t most);

/* Prints all of them, and on a second line a caret under the byte at `where`. */
void bytes_print_with_caret(FILE *to, const unsigned char *data, size_t size, size_t where);

/* The next word of a text that strtok_r() has begun to cut up at blanks; NULL after the last. */
char *next_word(char **text);

#endif
