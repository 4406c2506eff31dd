/*
 * source.h - from an address in a program to its line in the source, by addr2line(1).
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>

/* Where a call was made: it returns to this address of the program. NULL: that is not known. */
struct call_site {
    const char *program;
    unsigned long address;
};

/*
 * Finds their lines, all at once: addr2line needs its time to begin. They are all in one program.
 * line[i] becomes `server.c:96`, malloc'ed, or NULL where the debug information does not tell.
 */
void source_find(const struct call_site *site, size_t count, char **line);

#endif
