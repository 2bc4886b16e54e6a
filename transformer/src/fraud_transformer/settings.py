"""Settings of the transformer process."""

from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from fraud_contract.policy import Policy
from fraud_contract.release import ReleaseName
from fraud_serving.settings import Port, ServingSettings

_TOKEN_LENGTH: Final = 16


def _long_enough(token: SecretStr) -> SecretStr:
    if len(token.get_secret_value()) < _TOKEN_LENGTH:
        raise ValueError(f"a token has at least {_TOKEN_LENGTH} characters; `openssl rand -hex 20` makes one")
    return token


AdminToken = Annotated[SecretStr, AfterValidator(_long_enough)]


class TransformerSettings(ServingSettings):
    """`FRAUD_*` of the transformer."""

    preprocessor_dir: Path = Path("/mnt/preprocessor")
    """Folder of the `preprocessor` artifact."""
    release: ReleaseName | None = None
    """Name of the release; by default `fraud-` and the first digits of its fingerprint."""
    admin_port: Port = 9091
    """Metrics and readiness; never routed from outside."""
    admin_token: AdminToken | None = None
    """Opens recent decisions on the admin port, and marks synthetic requests; without it both are closed.

    At least 16 characters.
    """
    recent_decisions: Annotated[int, Field(ge=24, le=10_000_000)] = 24_000
    """Decisions kept for replay, over all hours of the day: 16 bytes each."""
    tls_cert: Path | None = None
    """Certificate chain (PEM) of the public HTTP and gRPC ports; with none they speak plain text."""
    tls_key: Path | None = None
    """Private key (PEM) of `tls_cert`. Both are read anew when they are renewed."""
    fallback: Literal["review", "none"] = "none"
    """Without a score in time, answer with the decision to review, marked as degraded; or with 503 or 504."""
    policy: Policy | None = None
    """Decides instead of the model's own policy, as JSON: {"kind": "thresholds", "review": .05, "block": .5}.

    A release with another policy is another release: its fingerprint differs.
    """
    unknown_category: Literal["warn", "refuse"] = "warn"
    """Score a category that training never saw, with a warning; or refuse it with status 422."""
    log_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the requests that leave a line of log; those that fail by our fault always do."""
    log_facts: bool = False
    """Have those lines hold amount, hour, day and category of a request for one decision: payment data."""
    max_body: Annotated[int, Field(ge=1_000, le=1 << 30)] = 1 << 20
    """Bytes of a request's body, and of one line of a stream; 1 MiB holds some 10,000 transactions."""
    max_arriving: Annotated[int, Field(ge=1_000)] = 64 << 20
    """Bytes of all bodies that are still arriving: many slow large ones must not take all memory."""
    max_rows: Annotated[int, Field(ge=1, le=1_000_000)] = 20_000
    """Transactions in one request."""
    max_explained: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Transactions in one request that asks for explanations; each costs what ten to a hundred scores do."""
    max_queue: Annotated[int, Field(ge=1)] = 65_536
    """Transactions waiting for the predictor, and those in work of requests for many; at 300,000 a second on
    one core a wait of some 0.2 s."""
    batch_rows: Annotated[int, Field(ge=1, le=16_384)] = 4_096
    """Transactions in one call to the predictor, some 8 ms of its time; of a large request only 512 while
    there are single payments, which would wait for it."""
    deadline: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds from when a request was read to its answer."""
    max_streams: Annotated[int, Field(ge=1, le=10_000)] = 16
    """NDJSON streams at once; each takes some MiB and a share of the scorer for as long as it lasts."""
    stream_idle: Annotated[float, Field(gt=0, le=3_600)] = 30.0
    """Seconds that a stream may send nothing, or take nothing of its answers."""
    body_timeout: Annotated[float, Field(gt=0, le=600)] = 10.0
    """Seconds that a body may take to arrive."""


class RemoteTransformerSettings(TransformerSettings):
    """`FRAUD_*` of a transformer whose predictor is another process."""

    predictor: Annotated[str, StringConstraints(pattern=r"^[^\s/]+:\d{1,5}$")]
    """`host:port` of the predictor's gRPC."""
