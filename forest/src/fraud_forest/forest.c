/* Margins of boosted trees, each filled up to the depth of the deepest.
 *
 * The children of split k are 2k+1 and 2k+2, those of the last level leaves, so that a walk follows no pointer and
 * takes no branch. Each step of a walk waits for the one before it: eight walks go beside each other. The sum is
 * XGBoost's, float32, the base first and then tree after tree, so that it is rounded alike.
 *
 * Nothing is checked here but the rows' values: see Forest in flat.py.
 */
#include <math.h>
#include <stdint.h>

enum { WALKS = 8, BLOCK = 256 };

struct split {
    float threshold;
    uint32_t feature;
};

struct forest {
    const struct split *splits; /* of each tree 2^depth - 1 */
    const float *leaves;        /* of each tree 2^depth */
    uint32_t trees, depth, width;
    float base;
};

static int all_finite(const float *values, int64_t count)
{
    int finite = 1;
    for (int64_t i = 0; i < count; i++)
        finite &= isfinite(values[i]) != 0;
    return finite;
}

static inline uint32_t step(const struct split *splits, uint32_t at, const float *row)
{
    return 2 * at + 1 + (row[splits[at].feature] >= splits[at].threshold);
}

/* All trees for one row, eight trees at a time. */
static float margin_of(const struct forest *forest, const float *row)
{
    const uint32_t inner = (1u << forest->depth) - 1, outer = inner + 1;
    const struct split *splits = forest->splits;
    const float *leaves = forest->leaves;
    float sum = forest->base;
    uint32_t tree = 0;
    for (; tree + WALKS <= forest->trees; tree += WALKS) {
        uint32_t at[WALKS] = {0};
        for (uint32_t level = 0; level < forest->depth; level++)
            for (int walk = 0; walk < WALKS; walk++)
                at[walk] = step(splits + walk * inner, at[walk], row);
        for (int walk = 0; walk < WALKS; walk++)
            sum += leaves[walk * outer + at[walk] - inner];
        splits += WALKS * inner;
        leaves += WALKS * outer;
    }
    for (; tree < forest->trees; tree++, splits += inner, leaves += outer) {
        uint32_t at = 0;
        for (uint32_t level = 0; level < forest->depth; level++)
            at = step(splits, at, row);
        sum += leaves[at - inner];
    }
    return sum;
}

/* One tree for rows by the eight; inlined for each depth, so that its loops are unrolled. */
static inline __attribute__((always_inline)) void add_tree(const struct split *splits, const float *leaves,
                                                           uint32_t depth, const float *rows, uint32_t width,
                                                           int64_t count, float *sums)
{
    const uint32_t inner = (1u << depth) - 1;
    for (int64_t row = 0; row < count; row += WALKS) {
        const float *first = rows + row * width;
        uint32_t at[WALKS] = {0};
        for (uint32_t level = 0; level < depth; level++)
            for (uint32_t walk = 0; walk < WALKS; walk++)
                at[walk] = step(splits, at[walk], first + walk * width);
        for (int walk = 0; walk < WALKS; walk++)
            sums[row + walk] += leaves[at[walk] - inner];
    }
}

/* `count` rows, a multiple of eight that fits into the first cache: all of them for one tree after another. */
static void add_block(const struct forest *forest, const float *rows, int64_t count, float *sums)
{
    const uint32_t inner = (1u << forest->depth) - 1, outer = inner + 1;
    const struct split *splits = forest->splits;
    const float *leaves = forest->leaves;
    for (int64_t row = 0; row < count; row++)
        sums[row] = forest->base;
    for (uint32_t tree = 0; tree < forest->trees; tree++, splits += inner, leaves += outer)
#define CASE(depth) case depth: add_tree(splits, leaves, depth, rows, forest->width, count, sums); break;
        switch (forest->depth) { CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8) }
#undef CASE
}

/* The log-odds of a probability, as XGBoost computes where its sums begin: of none within a millionth of 0 or 1. */
float forest_log_odds(float probability)
{
    return -logf(1.0f / fminf(fmaxf(probability, 1e-6f), 1.0f - 1e-6f) - 1.0f);
}

/* The margin of one row; NaN where one of its values is not finite. */
float forest_margin(const struct forest *forest, const float *row)
{
    return all_finite(row, forest->width) ? margin_of(forest, row) : NAN;
}

/* The margins of `count` rows; 0 where some value is not finite. */
int forest_margins(const struct forest *forest, const float *rows, int64_t count, float *margins)
{
    if (!all_finite(rows, count * forest->width))
        return 0;
    int64_t even = count - count % WALKS;
    for (int64_t start = 0; start < even; start += BLOCK)
        add_block(forest, rows + start * forest->width, even - start < BLOCK ? even - start : BLOCK, margins + start);
    for (int64_t row = even; row < count; row++)
        margins[row] = margin_of(forest, rows + row * forest->width);
    return 1;
}
