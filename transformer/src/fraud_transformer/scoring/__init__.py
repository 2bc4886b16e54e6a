"""From features to scores: micro-batches, and the pool of predictors that score them."""
