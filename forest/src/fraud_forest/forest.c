/* Margins of boosted trees: of a few rows each alone, of more of them beside each other.
 *
 * Alone, a row walks from the roots down, as many steps as the deepest tree has, since leaves lead to themselves: no
 * branch is taken. Each step waits for the one before it, so eight walks go beside each other. Of many rows none walks:
 * every split chooses for all of them between what the splits below and above it chose, which a processor does for
 * four or eight rows at once. The sum is XGBoost's, float32, the base first and then tree after tree, so that it is
 * rounded alike.
 *
 * Nothing is checked here but the rows' values: see FlatForest in flat.py.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WALKS = 8, MAX_DEPTH = 8, BLOCK = 128, LINE = 64 };
enum kind { BELOW = 1, ABOVE = 2, ROOT = 4 };

/* Compiled for every x86-64, and once more for those with AVX2: who loads it takes what the processor has. */
#if defined(__x86_64__) && defined(__gnu_linux__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

struct node {
    float value;      /* a split's threshold, or a leaf's log-odds */
    uint16_t feature;
    uint16_t kind;    /* BELOW, ABOVE: the child there is a split; ROOT: the last of its tree */
    uint32_t child[2]; /* of rows below the threshold, and of the others; of a leaf itself */
};

struct forest {
    const struct node *nodes; /* the splits, each after those below and above it, tree by tree; then the leaves */
    const uint32_t *roots;
    uint32_t splits, trees, depth, width;
    float base;
};

static int all_finite(const float *values, int64_t count)
{
    int finite = 1;
    for (int64_t i = 0; i < count; i++)
        finite &= isfinite(values[i]) != 0;
    return finite;
}

/* All trees for one row, eight trees at a time. */
static float margin_of(const struct forest *forest, const float *row)
{
    const struct node *nodes = forest->nodes;
    float sum = forest->base;
    for (uint32_t tree = 0; tree < forest->trees; tree += WALKS) {
        const uint32_t walks = forest->trees - tree < WALKS ? forest->trees - tree : WALKS;
        uint32_t at[WALKS] = {0};
        memcpy(at, forest->roots + tree, walks * sizeof *at);
        for (uint32_t level = 0; level < forest->depth; level++)
            for (int walk = 0; walk < WALKS; walk++) {
                const struct node *node = nodes + at[walk];
                at[walk] = node->child[row[node->feature] >= node->value];
            }
        for (uint32_t walk = 0; walk < walks; walk++)
            sum += nodes[at[walk]].value;
    }
    return sum;
}

#define CHOOSE(LOW, HIGH) \
    _Pragma("omp simd") \
    for (size_t row = 0; row < rows; row++) { \
        const float low = LOW, high = HIGH; \
        top[row] = column[row] >= threshold ? high : low; \
    }

/* All trees for `rows` rows, a multiple of eight, given by columns. What a split chose lies on the stack until the one
 * it is a child of takes it. Choosing rounds nothing: whatever the registers, sums come out alike. */
FOR_EACH_PROCESSOR static void add_trees(const struct forest *forest, const float *columns, size_t rows, float *sums)
{
    _Alignas(LINE) float stack[MAX_DEPTH + 1][BLOCK];
    float *top = stack[0]; /* which stays unused */
    const struct node *nodes = forest->nodes;
    for (const struct node *split = nodes, *end = nodes + forest->splits; split < end; split++) {
        const float *column = __builtin_assume_aligned(columns + (size_t)split->feature * BLOCK, LINE);
        const float threshold = split->value;
        const float below = nodes[split->child[0]].value, above = nodes[split->child[1]].value;
        switch (split->kind & (BELOW | ABOVE)) {
        case 0: top += BLOCK; CHOOSE(below, above) break;
        case BELOW: CHOOSE(top[row], above) break;
        case ABOVE: CHOOSE(below, top[row]) break;
        default: top -= BLOCK; CHOOSE(top[row], top[row + BLOCK])
        }
        if (split->kind & ROOT) {
            _Pragma("omp simd")
            for (size_t row = 0; row < rows; row++)
                sums[row] += top[row];
            top = stack[0];
        }
    }
}

/* The margins of at most a block of rows, for which `columns` has room. */
static void add_block(const struct forest *forest, const float *rows, uint32_t count, float *columns, float *margins)
{
    _Alignas(LINE) float sums[BLOCK];
    const uint32_t even = (count + WALKS - 1) / WALKS * WALKS;
    for (uint32_t row = 0; row < even; row++) {
        const float *values = rows + (size_t)(row < count ? row : 0) * forest->width;
        for (uint32_t feature = 0; feature < forest->width; feature++)
            columns[(size_t)feature * BLOCK + row] = values[feature];
        sums[row] = forest->base;
    }
    add_trees(forest, columns, even, sums);
    memcpy(margins, sums, count * sizeof *sums);
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

/* The margins of `count` rows; 0 where some value is not finite, or there is no memory. */
int forest_margins(const struct forest *forest, const float *rows, int64_t count, float *margins)
{
    const uint32_t width = forest->width;
    if (!all_finite(rows, count * width))
        return 0;
    if (count < WALKS) {
        for (int64_t row = 0; row < count; row++)
            margins[row] = margin_of(forest, rows + row * width);
        return 1;
    }
    float *columns = aligned_alloc(LINE, sizeof(float) * BLOCK * width);
    if (columns == NULL)
        return 0;
    for (int64_t start = 0; start < count; start += BLOCK)
        add_block(forest, rows + start * width, count - start < BLOCK ? count - start : BLOCK, columns, margins + start);
    free(columns);
    return 1;
}
