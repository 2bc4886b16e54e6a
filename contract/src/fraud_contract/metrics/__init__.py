"""What processes count, read from their metrics pages: pages, increases over time, histograms."""
