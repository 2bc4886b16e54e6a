"""What is made of the chart: its README, and manifests for kubectl."""
