"""What runs before or around a serving process to give it a release."""
