"""Two releases side by side: their documents, their golden rows, and labelled payments."""
