"""Asks the service for decisions."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from fraud_simulator.connection import Connection, Target, cause
from fraud_simulator.errors import ServiceUnreachable
from fraud_simulator.outcome import Answer, Failure, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fraud_simulator.payments import Payment

_OK: Final = 200
_SHOWN: Final = 160
"""Characters of an unexpected body in a message: a line and a half."""


@dataclass(frozen=True)
class Request:
    """One or more payments to send together, and the number of the first one in the whole run."""

    first: int
    payments: tuple[Payment, ...]
    batch: bool

    def ids(self) -> list[str]:
        """The transaction ids, in order."""
        return [f"sim-{number:07d}" for number in range(self.first, self.first + len(self.payments))]

    @property
    def path(self) -> str:
        """The route that takes it."""
        return "/predict/batch" if self.batch else "/predict/"

    def body(self) -> bytes:
        """The JSON to send."""
        ids = self.ids()
        rows = [payment.transaction(ids[index]) for index, payment in enumerate(self.payments)]
        return json.dumps({"transactions": rows} if self.batch else rows[0]).encode()


def health(target: Target, timeout: float) -> dict[str, Any]:
    """What the service says of itself; empty if it answers, but not with that.

    Raises:
        ServiceUnreachable: nothing answers at the address.
    """
    try:
        with closing(Connection(target, timeout)) as connection:
            status, body = connection.get("/health")
    except (OSError, http.client.HTTPException) as error:
        raise ServiceUnreachable(
            f"no service at {target} ({cause(error)}). "
            "Start one with `make demo` or `make serve`, or set BASE_URL to where it runs."
        ) from None
    content = _json(body)
    return content if status == _OK and isinstance(content, dict) else {}


def ask(connection: Connection, request: Request) -> Outcome:
    """The outcome of one request; whatever breaks on the way is a failure, not an exception."""
    body = request.body()
    started = time.perf_counter()
    try:
        status, content = connection.post(request.path, body)
    except (OSError, http.client.HTTPException) as error:
        result: tuple[Answer, ...] | Failure = Failure(cause(error), str(error) or type(error).__name__)
    else:
        result = _answers(content, request) if status == _OK else _refusal(status, content)
    return Outcome(request.payments, time.perf_counter() - started, result)


def _answers(body: bytes, request: Request) -> tuple[Answer, ...] | Failure:
    content = _json(body)
    try:
        rows: Sequence[dict[str, Any]] = content["predictions"] if request.batch else [content]
        ids = [row["transaction_id"] for row in rows]
        answers = tuple(
            Answer(str(row["decision"]), str(row["prediction"]), bool(row.get("warnings"))) for row in rows
        )
    except (TypeError, KeyError, AttributeError):
        return Failure("unreadable answer", _excerpt(body))
    if ids != request.ids():
        return Failure("wrong answer", "the answer names other transactions than the request")
    return answers


def _refusal(status: int, body: bytes) -> Failure:
    content = _json(body)
    if isinstance(content, dict) and "error" in content:
        return Failure(f"{status} {content.get('code', '')}".strip(), str(content["error"]))
    return Failure(str(status), _excerpt(body) or http.client.responses.get(status, "no reason given"))


def _json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value; the callers look at what it is
    try:
        return json.loads(body)
    except ValueError:
        return None


def _excerpt(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
