/*
 * source.h - from an address in a program to its line in the source, by addr2line(1).
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stddef.h>

/*
 * Finds the lines of calls that return to these addresses of the program. line[i] becomes
 * `server.c:96`, malloc'ed, or NULL where the program's debug information does not tell.
 */
void source_find(const char *program, const unsigned long *address, size_t count, char **line);

#endif
