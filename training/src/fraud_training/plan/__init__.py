"""What a training run is asked for: data, parameters, costs and quality gates; light to import."""
