"""Settings of the all-in-one process."""

from typing import Annotated

from pydantic import Field

from fraud_serving.settings import Port
from fraud_transformer.settings import TransformerSettings


class StandaloneSettings(TransformerSettings):
    """`FRAUD_*` of the all-in-one process."""

    http_port: Port = 9090
    """The original service's port."""
    batch_rows: Annotated[int, Field(ge=1, le=16_384)] = 512
    """Transactions scored in one go, in which nothing else is done: some 1.2 ms."""
