/*
 * class.h - grade everybody's work: each submission by a grader of its own, some at a time.
 *
 *     DIR/ada ──> tree ──> grader --from ... --format json ──> RESULTS/ada.json ─┐
 *     DIR/bob ──> ...                                                            ├─> class.csv
 *     ...                                                                        └─> class.html
 *
 * A result is kept with the key of what was graded by what: the next run takes it over, and after an
 * interruption the same command goes on. So the results of several machines, each of which had a
 * --shard, are merged by putting them into one directory.
 */
#ifndef CLASS_H
#define CLASS_H

#include "course.h"
#include "options.h"
#include "selection.h"

/*
 * Grades the directories in options->class. Tells of each in a line on stdout. Returns
 * EXIT_ALL_PASSED when all could be graded, however good they are; EXIT_GRADER when some could not;
 * else an exit status, with *error (malloc'ed) or NULL there.
 */
int class_grade(const struct course *course, const struct selection *selection,
                const struct options *options, char **error);

#endif
