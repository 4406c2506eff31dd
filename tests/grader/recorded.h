/*
 * recorded.h - recordings made by hand, for the tests of what reads them.
 */
#ifndef RECORDED_H
#define RECORDED_H

#include "recording.h"

#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static char directory[64];

static void write_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
}

static struct recording record(const char *story, const char *trace)
{
    struct recording recording;
    snprintf(directory, sizeof directory, "/tmp/traces.XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
    write_file("story", story);
    if (trace != NULL)
        write_file("server.1.trace", trace);
    cr_assert_eq(recording_read(&recording, directory), 0);
    write_file("story", "");
    cr_assert_eq(recording_read(&(struct recording){0}, directory), -1);
    char path[128];
    snprintf(path, sizeof path, "%s/story", directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/server.1.trace", directory);
    unlink(path);
    rmdir(directory);
    return recording;
}

#define STORY                                                                                      \
    "1.0 test reap: none is left\n"                                                                \
    "1.0 program server 7 server.1.trace /course/server\n"                                         \
    "2.0 client A 40000\n"                                                                         \
    "2.0 did A connected to 127.0.0.1 port 9876, from port 40000\n"

#define ACCEPTED                                                                                   \
    "7  1.1 listen(3<TCP:[0.0.0.0:9876]>, 5) = 0 <0.1>\n"                                          \
    "7  2.1 accept(3<TCP:[0.0.0.0:9876]>, NULL, NULL) = "                                          \
    "4<TCP:[127.0.0.1:9876->127.0.0.1:40000]> <0.05>\n"                                            \
    "7  2.2 clone(child_stack=NULL, flags=SIGCHLD) = 8 <0.0>\n"

#endif
