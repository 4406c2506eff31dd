/*
 * forgery.h - output of a program that imitates a verdict.
 *
 * Nothing that a program prints is taken for one. But who tries is named.
 */
#ifndef FORGERY_H
#define FORGERY_H

#include <stddef.h>

/*
 * The first line that looks like a check's result in TAP, a line of a check's explanation, or a command to a
 * CI system. Sets its length; NULL when there is none. The text ends with a NUL behind its size.
 */
const char *forgery_find(const char *text, size_t size, size_t *length);

#endif
