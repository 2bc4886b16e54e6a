"""May one release replace another? Gates with stated error rates, over counts and labelled payments."""
