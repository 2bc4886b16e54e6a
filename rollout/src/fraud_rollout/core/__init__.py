"""The rollout as a pure function: record and observed state go in, record and desired state come out."""
