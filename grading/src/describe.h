/*
 * describe.h - an event in the words of somebody who wrote the program, and a deed in few words.
 */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "scene.h"

/*
 * `fork() = 4190` where strace has a clone(2) of many arguments; `read(4, "hello\n") = 6`;
 * `killed by SIGPIPE`. One line, malloc'ed.
 */
char *describe_event(const struct event *event);

/* What a deed says behind the name of the client that did it. */
const char *deed_words(const struct scene *scene, size_t deed);

/*
 * What a client did, without its name: `A connected to 127.0.0.1 port 9876, from port 36276` is
 * `connected, from port 36276`, as the rest is the same for all. malloc'ed.
 */
char *describe_deed(const struct scene *scene, size_t deed);

/* Where to read of it: `man 2 read`, `man 2 read, ERRORS: ECONNRESET`. malloc'ed. */
char *describe_manual(const struct event *event);

#endif
