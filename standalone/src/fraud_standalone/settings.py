"""Settings of the all-in-one process."""

from fraud_serving.settings import Port
from fraud_transformer.settings import TransformerSettings


class StandaloneSettings(TransformerSettings):
    """`FRAUD_*` of the all-in-one process."""

    http_port: Port = 9090
    """The original service's port."""
