/*
 * describe.h - an event in the words of somebody who wrote the program.
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "trace.h"

/*
 * `fork() = 4190` where strace has a clone(2) of many arguments; `read(4, "hello\n") = 6`;
 * `killed by SIGPIPE`. One line, malloc'ed.
 */
char *describe_event(const struct event *event);

#endif
