"""What a training run leaves: both artifacts, the model card, and the record for the registry."""
