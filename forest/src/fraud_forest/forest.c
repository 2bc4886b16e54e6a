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
#include <string.h>

enum { WALKS = 8, MAX_DEPTH = 8, BLOCK = 128, LINE = 64 };

/* Compiled for every x86-64, and once more for those with AVX2: who loads it takes what the processor has. */
#if defined(__x86_64__) && defined(__gnu_linux__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

struct node {
    float value; /* a split's threshold, or a leaf's log-odds */
    uint16_t feature;
    uint16_t splits; /* which children are splits: 1, 2 for the other, 3 */
    uint32_t child[2]; /* of rows below the threshold, and of the others; of a leaf itself */
};

struct forest {
    const struct node *nodes; /* the splits, each after those below and above it, tree by tree; then the leaves */
    const uint32_t *roots; /* each the last split of its tree */
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

/* The margin of one row, eight trees at a time; NaN where one of its values is not finite. */
float forest_margin(const struct forest *forest, const float *row)
{
    if (!all_finite(row, forest->width))
        return NAN;
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

/* All trees for `rows` rows, at most a block, of columns that lie `stride` apart. What a split chose lies on the stack
 * until the one it is a child of takes it. Choosing rounds nothing: whatever the registers, sums come out alike. */
FOR_EACH_PROCESSOR static void add_trees(
    const struct forest *forest, const float *columns, size_t stride, size_t rows, float *sums)
{
    _Alignas(LINE) float stack[MAX_DEPTH + 1][BLOCK];
    const struct node *nodes = forest->nodes;
    const struct node *split = nodes;
    for (uint32_t tree = 0; tree < forest->trees; tree++) {
        float *top = stack[0]; /* which stays unused */
        for (; split <= nodes + forest->roots[tree]; split++) {
            const float *column = columns + split->feature * stride;
            const float threshold = split->value;
            const float below = nodes[split->child[0]].value, above = nodes[split->child[1]].value;
            switch (split->splits) {
            case 0: top += BLOCK; CHOOSE(below, above) break;
            case 1: CHOOSE(top[row], above) break;
            case 2: CHOOSE(below, top[row]) break;
            default: top -= BLOCK; CHOOSE(top[row], top[row + BLOCK])
            }
        }
        _Pragma("omp simd")
        for (size_t row = 0; row < rows; row++)
            sums[row] += top[row];
    }
}

/* The log-odds of a probability, as XGBoost computes where its sums begin: of none within a millionth of 0 or 1. */
float forest_log_odds(float probability)
{
    return -logf(1.0f / fminf(fmaxf(probability, 1e-6f), 1.0f - 1e-6f) - 1.0f);
}

/* Adds the trees to the sums of `rows` rows, given by columns; 0, and nothing added, where a value is not finite. */
int forest_add(const struct forest *forest, const float *columns, int64_t rows, float *sums)
{
    if (!all_finite(columns, rows * forest->width))
        return 0;
    for (int64_t start = 0; start < rows; start += BLOCK)
        add_trees(forest, columns + start, rows, rows - start < BLOCK ? rows - start : BLOCK, sums + start);
    return 1;
}
