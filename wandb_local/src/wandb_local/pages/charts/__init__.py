"""What a run measured as pictures: curves, histograms over time, bars; each has its figures as text too."""
