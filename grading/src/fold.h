/*
 * fold.h - fewer rows of a timeline: what repeats itself is told once, and a middle is left out.
 */
#ifndef FOLD_H
#define FOLD_H

#include "timeline.h"

typedef bool (*fold_same)(const struct row *a, const struct row *b, const void *context);
typedef bool (*fold_keep)(const struct row *row, const void *context);

/*
 * Folds rows, in their place, to at most `most` (at least 8). A block of rows that comes three times
 * and more, one right behind the other, becomes one block, its rows with `times` and the sum of the
 * bytes. What is then still too much gives way to ROW_GAPs. Rows that `must_stay` are kept as they
 * are, as far as there is room. Returns how many rows there are now. The rows own no memory yet.
 */
size_t fold_rows(struct row *row, size_t count, size_t most, fold_same is_same, fold_keep must_stay,
                 const void *context);

#endif
