"""One address of one release: asked for decisions, and held to be that release's own.

Scoring is pure, so a request that failed is sent again while its time lasts. What a release may make us
spend is bounded: seconds and bytes of each answer, and how often it is asked again.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Annotated, Final, Literal, Self

import httpx
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fraud_contract.policy import Decision
from fraud_contract.validation import problem
from fraud_rollout.evidence.errors import EvidenceMissing, EvidenceUntrusted
from fraud_rollout.evidence.facts import Facts
from fraud_rollout.judge.answers import Answers

RELEASE: Final = "x-fraud-release"
"""Header of every answer; in a request, on an internal listener, the release that is asked for."""
SYNTHETIC: Final = "x-fraud-synthetic"
"""Header with the admin token: the request is synthetic, and is not counted."""

_OK: Final = 200
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may be answered."""
_PAUSES: Final = (0.1, 0.3, 1.0, 2.0, 4.0)
"""Seconds before each further attempt."""
_BYTES_PER_ROW: Final = 512
_BYTES_OF_DOCUMENT: Final = 16 << 20
_CODES: Final = {decision.label: int(decision) for decision in Decision}

Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Columns(_Answer):
    fraud_probability: list[Score]
    decision: list[Literal["approve", "review", "block"]]
    transaction_id: list[str]


class _Decided(_Answer):
    columns: _Columns
    release: str
    degraded: bool = False


class _Part(_Answer):
    digest: str


class _Health(_Answer):
    release: str
    fingerprint: str = ""
    model: _Part
    preprocessor: _Part


_DECIDED: Final = TypeAdapter(_Decided)
_HEALTH: Final = TypeAdapter(_Health)


@dataclass(frozen=True)
class Identity:
    """The release that must answer."""

    name: str
    model: str
    """Digest of the artifact."""
    preprocessor: str
    """Digest of the artifact."""


@dataclass(frozen=True)
class Address:
    """Where a release is asked."""

    url: str
    """Base of the public routes."""
    admin_url: str = ""
    """Base of metrics and recent decisions; empty where they are not needed."""
    token: str | None = field(default=None, repr=False)
    """The admin token, which marks requests as synthetic and opens recent decisions."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of each request, such as the one that pins a release."""


class Endpoint:
    """An address at which one release answers. Its methods may be called from several threads."""

    def __init__(self, release: Identity, address: Address, deadline: float = 10.0) -> None:
        """`deadline` is seconds for one answer; all attempts together have three times as many."""
        self.release = release
        self._address = address
        self._deadline = deadline
        self._fingerprint = ""
        marked = {SYNTHETIC: address.token} if address.token else {}
        self._client = httpx.Client(
            trust_env=False,  # never through a proxy: the address is a pod's own
            headers={"accept-encoding": "identity", **marked, **address.headers},
            timeout=deadline,
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=8),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections; it answers nothing any more."""
        self._client.close()

    def answers(self, facts: Facts) -> Answers:
        """What the release decides, row by row.

        Raises:
            EvidenceMissing: no complete answer in time.
            EvidenceUntrusted: another release answered, or not these rows, or without scores.
        """
        ids = [f"r{row}" for row in range(len(facts))]
        limit = len(facts) * _BYTES_PER_ROW + _BYTES_PER_ROW
        body = self._asked("POST", f"{self._address.url}/predict/batch", limit, facts.body(ids))
        decided = self._read(_DECIDED, body, "decisions")
        columns = decided.columns
        lengths = {len(columns.fraud_probability), len(columns.decision), len(columns.transaction_id)}
        if lengths != {len(facts)} or columns.transaction_id != ids:
            raise EvidenceUntrusted(
                f"{self._named} answered {len(columns.decision)} rows for {len(facts)}, or in another order."
            )
        if decided.degraded:
            raise EvidenceMissing(f"{self._named} decided without scores (its predictor is away).")
        self._require(decided.release)
        return Answers(
            np.asarray(columns.fraud_probability, np.float32),
            np.asarray([_CODES[each] for each in columns.decision], np.int8),
        )

    def require_release(self) -> None:
        """Return if the release answers, with the artifacts it should have, unchanged since the last call.

        Raises:
            EvidenceMissing: it does not answer.
            EvidenceUntrusted: another release does, or it was started anew with other settings.
        """
        health = self._read(
            _HEALTH, self._asked("GET", f"{self._address.url}/health", _BYTES_OF_DOCUMENT), "health"
        )
        self._require(health.release)
        expected = (self.release.model, self.release.preprocessor)
        if (health.model.digest, health.preprocessor.digest) != expected:
            raise EvidenceUntrusted(
                f"{self._named} serves model {health.model.digest[:12]} and preprocessor "
                f"{health.preprocessor.digest[:12]}, not {expected[0][:12]} and {expected[1][:12]}."
            )
        if self._fingerprint and health.fingerprint != self._fingerprint:
            raise EvidenceUntrusted(f"{self._named} was started anew with other settings.")
        self._fingerprint = health.fingerprint

    def recent(self, size: int) -> bytes:
        """The JSON of at most `size` recent decisions. Raises as `answers` does."""
        headers = {"authorization": f"Bearer {self._address.token or ''}"}
        address = f"{self._address.admin_url}/recent?size={size}"
        return self._asked("GET", address, size * _BYTES_PER_ROW + _BYTES_OF_DOCUMENT, headers=headers)

    def metrics(self) -> str:
        """What Prometheus would read. Raises as `answers` does."""
        return self._asked("GET", f"{self._address.admin_url}/metrics", _BYTES_OF_DOCUMENT).decode(
            "utf-8", "replace"
        )

    @property
    def _named(self) -> str:
        return f"{self.release.name} at {self._address.url}"

    def _require(self, release: str) -> None:
        if release != self.release.name:
            raise EvidenceUntrusted(
                f"{release} answers at {self._address.url}, where {self.release.name} should."
            )

    def _read[Answer: BaseModel](self, adapter: TypeAdapter[Answer], body: bytes, what: str) -> Answer:
        try:
            return adapter.validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            place = ".".join(map(str, first["loc"])) or "the answer"
            raise EvidenceUntrusted(f"{self._named} answered no {what}: {place}: {problem(first)}.") from None

    def _asked(
        self,
        method: str,
        address: str,
        limit: int,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """The body of the answer, of at most `limit` bytes; asked again while that may help."""
        expires = time.monotonic() + 3 * self._deadline
        for pause in (*_PAUSES, None):
            try:
                return self._ask(method, address, limit, content, headers)
            except EvidenceMissing:
                if pause is None or time.monotonic() + pause > expires:
                    raise
                time.sleep(pause)
        raise AssertionError  # the last pause is None

    def _ask(
        self,
        method: str,
        address: str,
        limit: int,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> bytes:
        kind = {"content-type": "application/json"} if content is not None else {}
        ends = time.monotonic() + self._deadline
        parts, size = list[bytes](), 0
        try:
            with self._client.stream(
                method, address, content=content, headers={**kind, **(headers or {})}
            ) as response:
                for part in response.iter_raw():
                    parts.append(part)
                    size += len(part)
                    if size > limit:
                        raise EvidenceUntrusted(f"{self._named} answered more than {limit:,} bytes.")
                    if time.monotonic() > ends:
                        raise EvidenceMissing(self._late())
        except httpx.TimeoutException:
            raise EvidenceMissing(self._late()) from None
        except httpx.TransportError as error:
            raise EvidenceMissing(f"{self._named} does not answer ({type(error).__name__}).") from None
        self._require_answered(response)
        return b"".join(parts)

    def _late(self) -> str:
        return f"{self._named} did not answer within {self._deadline:g} s."

    def _require_answered(self, response: httpx.Response) -> None:
        answered = response.headers.get(RELEASE)
        if answered is not None:
            self._require(answered)
        if response.status_code in _LATER:
            raise EvidenceMissing(f"{self._named} answered status {response.status_code}.")
        if response.status_code != _OK:
            raise EvidenceUntrusted(
                f"{self._named} answered status {response.status_code}, which trying again does not mend."
            )
