"""OpenTelemetry spans of requests and predictor calls, around the parts that they describe."""
