"""gRPC: the Open Inference Protocol's service, health, reflection, and budgets for what arrives."""
