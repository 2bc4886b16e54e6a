"""Settings of the predictor process."""

from typing import Annotated

from pydantic import Field

from fraud_serving.settings import ServingSettings


class PredictorSettings(ServingSettings):
    """`FRAUD_*` of the predictor."""

    max_rows: Annotated[int, Field(ge=1, le=1_000_000)] = 16_384
    """Rows in one call: 16,384 take some 30 ms of one core, in which nothing else is answered."""
    max_explained: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Rows in one call that asks for contributions, which cost a millisecond or more each."""
    max_message: Annotated[int, Field(ge=1_024, le=64 << 20)] = 4 << 20
    """Bytes of a gRPC message; 4 MiB hold the rows of one call at up to 64 features."""
