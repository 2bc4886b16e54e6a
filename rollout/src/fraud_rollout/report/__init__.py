"""The report of a rollout: one HTML page, made of its record alone."""
