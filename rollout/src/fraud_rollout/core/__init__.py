"""The rollout as a pure function: a record and what is seen go in, a record and what is wanted come out."""
