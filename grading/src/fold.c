/*
 * fold.c - see fold.h.
 */
#include "fold.h"

#include "text.h"

#include <stdlib.h>

enum {
    BLOCK_MAX = 8, // rows: accept, fork, close, read, write, read, close, exit
    REPEATS_MIN = 3,
};

struct rules {
    fold_same is_same;
    fold_keep must_stay;
    const void *context;
};

// How often the block of so many rows comes one after the other, at the begin of these.
static size_t count_repeats(const struct row *row, size_t count, size_t block,
                            const struct rules *rules)
{
    size_t same = 0; // rows that are like the one a block earlier
    for (size_t i = 0; i < block && i < count; i++)
        if (rules->must_stay(&row[i], rules->context))
            return 1;
    while (block + same < count && !rules->must_stay(&row[block + same], rules->context) &&
           rules->is_same(&row[same], &row[block + same], rules->context))
        same++;
    return 1 + same / block;
}

// The first of the repeated blocks takes up the others.
static void take_up(struct row *row, size_t block, size_t repeats)
{
    for (size_t i = block; i < block * repeats; i++) {
        row[i % block].times += row[i].times;
        row[i % block].bytes += row[i].bytes;
    }
}

static size_t fold_repeats(struct row *row, size_t count, const struct rules *rules)
{
    size_t kept = 0;
    for (size_t at = 0; at < count;) {
        size_t block = 1, repeats = 1;
        for (size_t size = 1; size <= BLOCK_MAX; size++) {
            size_t found = count_repeats(row + at, count - at, size, rules);
            if (found >= REPEATS_MIN && found * size > block * repeats) {
                block = size;
                repeats = found;
            }
        }
        take_up(row + at, block, repeats);
        for (size_t i = 0; i < block; i++)
            row[kept++] = row[at + i];
        at += block * repeats;
    }
    return kept;
}

// The rows to leave out: neither among the first, nor the last, nor the first ones that must stay.
static size_t leave_out(struct row *row, size_t count, size_t most, const struct rules *rules)
{
    // What stays in the middle has a gap at its side.
    size_t marked = most / 8, head = most / 3, tail = most - head - 2 * marked - 1, kept = 0;
    struct row *gap = NULL;
    for (size_t i = 0; i < count; i++) {
        bool middle = i >= head && i + tail < count;
        if (middle && marked > 0 && rules->must_stay(&row[i], rules->context)) {
            marked--;
            middle = false;
        }
        if (!middle) {
            row[kept++] = row[i];
            gap = NULL;
        } else if (gap != NULL) {
            gap->times += row[i].times;
        } else {
            row[kept] = (struct row){.kind = ROW_GAP,
                                     .source = row[i].source,
                                     .lane = NOBODY,
                                     .other = NOBODY,
                                     .time = row[i].time,
                                     .since = row[i].time,
                                     .times = row[i].times,
                                     .held = -1};
            gap = &row[kept++];
        }
    }
    return kept;
}

size_t fold_rows(struct row *row, size_t count, size_t most, fold_same is_same, fold_keep must_stay,
                 const void *context)
{
    const struct rules rules = {is_same, must_stay, context};
    count = fold_repeats(row, count, &rules);
    return count <= most ? count : leave_out(row, count, most, &rules);
}
