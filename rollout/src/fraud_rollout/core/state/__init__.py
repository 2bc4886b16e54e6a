"""What a rollout is made of, as data: its record, and the world as it is seen and wanted."""
