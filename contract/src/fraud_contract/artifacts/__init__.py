"""The two artifacts of a release, and the dataset that judges it: files, verified before they are read."""
