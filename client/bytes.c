/*
 * bytes.c - see bytes.h.
 */
#include "bytes.h"

#include <ctype.h>
#include <string.h>

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, tolower((unsigned char)c));
    return c != '\0' && at != NULL ? (int)(at - digits) : -1;
}

ssize_t bytes_unescape(char *text)
{
    static const char letters[] = "nrt0\\", values[] = "\n\r\t\0\\";
    char *out = text;
    for (const char *in = text; *in != '\0';) {
        if (*in != '\\') {
            *out++ = *in++;
            continue;
        }
        const char *letter = in[1] != '\0' ? strchr(letters, in[1]) : NULL;
        if (letter != NULL) {
            *out++ = values[letter - letters];
            in += 2;
        } else if (in[1] == 'x' && hex_digit(in[2]) >= 0 && hex_digit(in[3]) >= 0) {
            *out++ = (char)(hex_digit(in[2]) * 16 + hex_digit(in[3]));
            in += 4;
        } else {
            return -1;
        }
    }
    return out - text;
}

// Prints one byte as it stands in a C string. Returns how many columns that took.
static int print_byte(FILE *to, unsigned char byte)
{
    switch (byte) {
    case '\n':
        return fprintf(to, "\\n");
    case '\r':
        return fprintf(to, "\\r");
    case '\t':
        return fprintf(to, "\\t");
    case '\0':
        return fprintf(to, "\\0");
    case '"':
    case '\\':
        return fprintf(to, "\\%c", byte);
    default:
        return isprint(byte) ? fprintf(to, "%c", byte) : fprintf(to, "\\x%02x", byte);
    }
}

void bytes_print(FILE *to, const unsigned char *data, size_t size, size_t most)
{
    fputc('"', to);
    for (size_t i = 0; i < size && i < most; i++)
        print_byte(to, data[i]);
    fputc('"', to);
    if (size > most)
        fprintf(to, "... (%zu bytes)", size);
}

void bytes_print_with_caret(FILE *to, const unsigned char *data, size_t size, size_t where)
{
    int column = 1;
    fputc('"', to);
    for (size_t i = 0; i < size; i++) {
        int width = print_byte(to, data[i]);
        if (i < where)
            column += width;
    }
    fprintf(to, "\"\n%*s", column + 1, "^");
}

char *next_word(char **text)
{
    return strtok_r(NULL, " ", text);
}
