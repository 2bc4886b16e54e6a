"""From scores to decisions and the reasons for them."""
