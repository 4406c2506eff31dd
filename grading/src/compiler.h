/*
 * compiler.h - finds in the output of a build what a learner should read first.
 */
#ifndef COMPILER_H
#define COMPILER_H

#include "text.h"

/* The first error, and the warnings. Everything is safe to show. */
struct compiler_report {
    char *error_file;   // the file of the first error; NULL: no error, or the linker's
    struct lines error; // the compiler's or linker's lines; empty when none was found
    unsigned warnings;
    struct lines first_warning;
};

/*
 * Reads output of make with gcc or clang. root is left out of the paths in it; warnings count only
 * for files whose path begins with own.
 */
void compiler_read(struct compiler_report *report, const char *output, size_t size,
                   const char *root, const char *own);
void compiler_free(struct compiler_report *report);

#endif
