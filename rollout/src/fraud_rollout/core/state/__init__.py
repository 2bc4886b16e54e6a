"""What a rollout is made of, as data: its record, and the world as observed and as desired."""
