/*
 * build.h - builds what is graded: `make lab03-graded FROM=... BASE=...`.
 */
#ifndef BUILD_H
#define BUILD_H

#include "box.h"
#include "compiler.h"
#include "course.h"
#include "tap.h"

#include <stdbool.h>

/* Whose work is built, and whose earlier labs are linked with it. */
struct trees {
    char *from_path, *base_path; // real paths
    const char *from, *base;     // the same as seen from the course where they lie inside
};

enum build_state {
    BUILD_DONE,
    BUILD_REFUSED, // the compiler or linker does not take the learner's code: facts tells
    BUILD_BROKEN,  // make itself failed: facts tells
};

struct build {
    enum build_state state;
    char *directory;        // absolute; the lab's program lies here
    char *thread_directory; // the same, built with ThreadSanitizer; NULL when there is none
    struct facts facts;
    struct compiler_report compiler;
};

/*
 * Resolves the trees. Returns 0; or -1 with *error (malloc'ed) when one is no directory, or has a
 * name that make can't bear.
 */
int trees_find(struct trees *trees, const struct course *course, const char *from, const char *base,
               char **error);
void trees_free(struct trees *trees);
bool trees_share(const struct trees *trees); // from and base are the same

/*
 * Builds count labs, side by side, in the box; build[i] tells of lab[i]. Stops early at ^C. The
 * compiler sees nothing of the course but what it needs: a lab that includes the solution does not
 * build.
 */
void build_labs(struct build *build, const struct lab *const *lab, size_t count,
                const struct course *course, const struct trees *trees, const struct box *box);
void build_free(struct build *build);

/* Removes all that was built of a tree, as seen from the course, with whatever base and sanitizer. */
void build_forget(const struct course *course, const char *tree);

#endif
