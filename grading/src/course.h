/*
 * course.h - where the course is, and which labs it has.
 */
#ifndef COURSE_H
#define COURSE_H

#include <stddef.h>

/* One lab. A directory of solutions/ (where there are none, of labs/) makes a lab; grading/labNN/
 * says how it is graded. */
struct lab {
    char *name;      // lab03
    char *directory; // lab03-processes
    char *links;     // earlier labs whose pieces it may use, e.g. "lab01 lab00"; "" for none
};

struct course {
    char *root; // absolute; holds Makefile, labs/, solutions/, grading/
    struct lab *lab;
    size_t count;
};

/*
 * Finds the course from the place of the running program, ROOT/build/grading/grader.
 * Returns 0; or -1 with an error line in *error (malloc'ed).
 */
int course_find(struct course *course, char **error);
void course_free(struct course *course);

/*
 * The lab of a name: lab03, 03, 3, or its directory lab03-processes. NULL when there is none.
 */
const struct lab *course_lab(const struct course *course, const char *name);

/* "lab00 ... lab04", for messages. malloc'ed. */
char *course_lab_names(const struct course *course);

/*
 * Finds a tree of labs: dir as seen from the working directory, else from the course.
 * Returns the real path, malloc'ed, or NULL with errno.
 */
char *course_tree(const struct course *course, const char *dir);

/* A file of grading/lib. malloc'ed; or NULL with *error (malloc'ed). */
char *course_read_text(const struct course *course, const char *name, char **error);

/* The path as seen from the course when it lies inside, else the path itself. Not malloc'ed. */
const char *course_relative(const struct course *course, const char *path);

#endif
