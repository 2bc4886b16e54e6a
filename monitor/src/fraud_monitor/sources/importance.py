"""What decides: the mean contribution of each fact to the score, over a sample of recent payments.

The release itself explains them (TreeSHAP); they are marked as synthetic, so nothing counts them twice.
"""

import ssl
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from fraud_contract.documents import Many
from fraud_contract.errors import MetricsUnreadable
from fraud_monitor.sources.targets import Target

_ROWS: Final = 100
"""Payments in one request: as many as a transformer explains at once by default."""
_DEADLINE: Final = 10.0
_BYTES: Final = 8 << 20
_OK: Final = 200
_SYNTHETIC: Final = "x-fraud-synthetic"
_TRUST: Final = " A private certificate is trusted where SSL_CERT_FILE names its authority's file."


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Decided(_Answer):
    amt: float
    hour: int
    day_of_week: int
    category: str


class _Recent(_Answer):
    decisions: Many[_Decided]


class _Reason(_Answer):
    feature: str
    contribution: float


class _Explanation(_Answer):
    reasons: Many[_Reason]


class _Columns(_Answer):
    explanation: Many[_Explanation]


class _Explained(_Answer):
    columns: _Columns


_RECENT: Final = TypeAdapter(_Recent)
_EXPLAINED: Final = TypeAdapter(_Explained)


def importance(target: Target, token: str, sample: int) -> dict[str, float]:
    """Mean absolute contribution to the log-odds by fact, the largest first; empty without recent payments.

    Raises:
        MetricsUnreadable: the release refuses, or answers neither recent payments nor explanations.
    """
    totals, payments = dict[str, float](), 0
    try:
        with httpx.Client(trust_env=False, timeout=_DEADLINE, verify=authorities()) as client:
            recent = _recent(client, target, token, sample)
            for start in range(0, len(recent), _ROWS):
                for each in _explained(client, target, token, recent[start : start + _ROWS]):
                    payments += 1
                    for reason in each.reasons:
                        totals[reason.feature] = totals.get(reason.feature, 0.0) + abs(reason.contribution)
    except (httpx.HTTPError, ValidationError) as error:
        trust = _TRUST if "CERTIFICATE" in str(error) else ""
        message = f"{target.release} explains nothing: {type(error).__name__}.{trust}"
        raise MetricsUnreadable(message) from None
    means = {feature: total / payments for feature, total in totals.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1]))


def authorities() -> ssl.SSLContext:
    """The system's, or those in the file that SSL_CERT_FILE names: a certificate may be private."""
    return ssl.create_default_context()


def _recent(client: httpx.Client, target: Target, token: str, sample: int) -> Sequence[_Decided]:
    url = f"{target.admin}/recent"
    body = _body(client, "GET", url, params={"size": sample}, headers={"authorization": f"Bearer {token}"})
    return _RECENT.validate_json(body).decisions[:sample]


def _explained(
    client: httpx.Client, target: Target, token: str, payments: Sequence[_Decided]
) -> Iterator[_Explanation]:
    columns = {name: [getattr(each, name) for each in payments] for name in _Decided.model_fields}
    body = _body(
        client,
        "POST",
        f"{target.api}/predict/batch",
        params={"explain": "true"},
        json={"columns": columns},
        headers={_SYNTHETIC: token},
    )
    yield from _EXPLAINED.validate_json(body).columns.explanation


def _body(client: httpx.Client, method: str, url: str, **request: Any) -> bytes:  # noqa: ANN401 - httpx's own
    ends, size, parts = time.monotonic() + _DEADLINE, 0, list[bytes]()
    with client.stream(method, url, **request) as response:
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > _BYTES or time.monotonic() > ends:
                raise MetricsUnreadable(f"{url} answered more than {_BYTES:,} bytes, or for too long.")
        if response.status_code != _OK:
            raise MetricsUnreadable(f"{url} answered status {response.status_code}.")
    return b"".join(parts)
