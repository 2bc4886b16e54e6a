"""Where records of rollouts are kept."""
