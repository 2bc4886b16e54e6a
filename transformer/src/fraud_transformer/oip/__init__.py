"""The Open Inference Protocol: tensors in JSON, binary and gRPC, and the KServe model behind them."""
