"""What Envoy and the loop cost and lose on one machine: real releases, real callers, figures for the docs."""
