"""The fast path answers, counts, keeps and logs as the app does, whatever is sent and however it is split."""

import asyncio
import gzip
import logging
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud_contract.errors import DeadlineExceeded, PairMismatch
from fraud_serving.http.connections import ConnectionLimits
from fraud_transformer.scoring.scorer import PredictorDied, Scorer, Scores
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from support.artifacts.releases import Folders, write_release
from support.servers.in_process import InProcess, settle

PAYMENT: Final = b'{"amt": 9.2, "hour": 11, "day_of_week": 4, "category": "travel"}'
TOKEN: Final = "a token of an administrator"
TRACE: Final = b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n"
JSON: Final = b"content-type: application/json\r\n"
GATEWAY: Final = (
    b"x-request-id: 6f1c\r\nx-forwarded-for: 10.0.0.7\r\nx-forwarded-proto: https\r\n"
    b"x-envoy-expected-rq-timeout-ms: 15000\r\nx-envoy-internal: true\r\naccept-encoding: gzip\r\n"
    b"accept: */*\r\nuser-agent: shop/7\r\nauthorization: Bearer abc\r\ntracestate: a=b\r\n" + TRACE
)
HEALTH: Final = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"


def request(
    body: bytes = PAYMENT,
    more: bytes = b"",
    *,
    line: bytes = b"POST /predict/ HTTP/1.1",
    kind: bytes = JSON,
    length: bytes | None = None,
) -> bytes:
    """A request with a length, unless `length` says otherwise."""
    sized = b"content-length: %d\r\n" % len(body) if length is None else length
    return b"%s\r\nhost: x\r\n%s%s%s\r\n%s" % (line, kind, more, sized, body)


def with_field(name: bytes, value: bytes) -> bytes:
    """The payment with one more member, or one of its own a second time."""
    return PAYMENT[:-1] + b', "%s": %s}' % (name, value)


def with_value(old: bytes, new: bytes) -> bytes:
    """The payment with another value."""
    assert old in PAYMENT
    return PAYMENT.replace(old, new)


CHUNKED: Final = b"transfer-encoding: chunked\r\n"
PLAIN: Final = {
    "plain": request(),
    "without a slash": request(line=b"POST /predict HTTP/1.1"),
    "gateway headers": request(more=GATEWAY),
    "a repeated traceparent": request(more=TRACE + TRACE.replace(b"0af7", b"1bf7")),
    "an unreadable traceparent": request(more=b"traceparent: 00-zz\r\n"),
    "with an id": request(with_field(b"transaction_id", b'"a1"')),
    "an unknown category": request(with_value(b"travel", b"travle")),
    "of curl": request(kind=b"content-type: application/x-www-form-urlencoded\r\n"),
    "of no type": request(kind=b""),
    "synthetic": request(more=b"x-fraud-synthetic: %s\r\n" % TOKEN.encode()),
    "synthetic with another token": request(more=b"x-fraud-synthetic: none\r\n"),
    "an empty content-encoding": request(more=b"content-encoding:\r\n"),
    "the last request": request(more=b"connection: close\r\n"),
    "HTTP/1.0": request(line=b"POST /predict/ HTTP/1.0"),
    "chunked": request(b"%x\r\n%s\r\n0\r\n\r\n" % (len(PAYMENT), PAYMENT), CHUNKED, length=b""),
    "chunked with a trailer": request(
        b"%x\r\n%s\r\n0\r\nx-fraud-synthetic: %s\r\n\r\n" % (len(PAYMENT), PAYMENT, TOKEN.encode()),
        CHUNKED,
        length=b"",
    ),
    "an offer of HTTP/2": request(more=b"connection: upgrade\r\nupgrade: h2c\r\n"),
    "white space": request(b" \r\n" + PAYMENT + b"\n"),
    "an integer amount": request(with_value(b"9.2", b"9")),
    "many digits": request(with_value(b"9.2", b"9.20000000000000017763568394002504646778106689453125")),
    "a line of two": request() * 2,
    "a line of forty": request() * 40,
    "behind another": HEALTH + request(more=GATEWAY) + HEALTH,
}
"""Requests that the fast path takes, and that are valid."""
ODD: Final = {
    "a wrong body": request(b"{"),
    "nothing": request(b""),
    "a missing field": request(b'{"amt": 1}'),
    "an unknown field": request(with_field(b"x", b"1")),
    "a name twice": request(with_field(b"amt", b"77")),
    "an escaped name twice": request(with_field(b"am\\u0074", b"77")),
    "no amount": request(with_value(b"9.2", b"-1")),
    "not a number": request(with_value(b"9.2", b"NaN")),
    "beyond all numbers": request(with_value(b"9.2", b"1e400")),
    "a boolean": request(with_value(b"11", b"true")),
    "a whole float": request(with_value(b"11", b"11.0")),
    "a byte order mark": request(b"\xef\xbb\xbf" + PAYMENT),
    "no UTF-8": request(with_value(b"travel", b"\xff")),
    "a lone surrogate": request(with_value(b"travel", b"\\ud800")),
    "an escaped quotation mark": request(with_field(b"transaction_id", b'"a\\"b"')),
    "a null id": request(with_field(b"transaction_id", b"null")),
    "an empty id": request(with_field(b"transaction_id", b'""')),
    "something behind": request(PAYMENT + b"x"),
    "a list": request(b"[%s]" % PAYMENT),
    "padded": request(PAYMENT + b" " * 2_000),
    "an explanation": request(line=b"POST /predict/?explain=true HTTP/1.1"),
    "an empty query": request(line=b"POST /predict/? HTTP/1.1"),
    "an unknown query": request(line=b"POST /predict/?x=1 HTTP/1.1"),
    "an escaped path": request(line=b"POST /predic%74/ HTTP/1.1"),
    "an absolute target": request(line=b"POST http://x/predict/ HTTP/1.1"),
    "another method": request(line=b"PUT /predict/ HTTP/1.1"),
    "GET": b"GET /predict/ HTTP/1.1\r\nhost: x\r\n\r\n",
    "OPTIONS": b"OPTIONS /predict/ HTTP/1.1\r\nhost: x\r\n\r\n",
    "another route": request(line=b"POST /predict// HTTP/1.1"),
    "text": request(kind=b"content-type: text/plain\r\n"),
    "a charset": request(kind=b"Content-Type: Application/JSON; charset=utf-8\r\n"),
    "gzip": request(gzip.compress(PAYMENT, mtime=0), b"content-encoding: gzip\r\n"),
    "no gzip": request(more=b"content-encoding: gzip\r\n"),
    "identity": request(more=b"content-encoding: identity\r\n"),
    "an unknown encoding": request(more=b"content-encoding: br\r\n"),
    "expecting 100": request(more=b"expect: 100-continue\r\n"),
    "no host": request().replace(b"host: x\r\n", b""),
    "two hosts": request(more=b"host: x\r\n"),
    "two lengths": request(more=b"content-length: 3\r\n"),
    "a length and chunks": request(more=CHUNKED),
    "no chunk": request(b"zz\r\n", CHUNKED, length=b""),
    "a short body": request(length=b"content-length: 99\r\n"),
    "garbage behind": request() + b"\x00\x00\r\n\r\n",
    "a large head": request(more=b"x-large: %s\r\n" % (b"a" * 5_000)),
    "mixed in a line": request() + request(b"{") + request(more=TRACE) + HEALTH + request(),
}
"""Requests that the app answers, or nobody."""
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "default": {},
    "unknown categories refused": {"unknown_category": "refuse"},
    "all logged": {"log_share": 1.0, "log_facts": True},
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    return write_release(tmp_path_factory.mktemp("release"), mean=70.1)


@pytest.fixture(scope="module")
def release(folders: Folders) -> ServedRelease:
    return ServedRelease.load(own_settings(folders))


def own_settings(folders: Folders, **more: Any) -> TransformerSettings:  # noqa: ANN401 - settings
    return TransformerSettings(
        model_dir=folders.model, preprocessor_dir=folders.preprocessor, admin_token=TOKEN, **more
    )


class Logged(logging.Handler):
    """Fields of the lines that requests leave, but for their times."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        self.lines.append({name: each for name, each in record.__dict__["fields"].items() if name != "ms"})


@pytest.fixture(scope="module")
def log() -> Iterator[Logged]:
    """What the request log says, at every level."""
    logger, handler = logging.getLogger("fraud_transformer.requests"), Logged()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


async def answered(side: InProcess, log: Logged, cases: Sequence[Sequence[bytes]]) -> dict[str, object]:
    """Everything that can be seen of these requests, each in its parts over a connection of its own."""
    log.lines.clear()
    outcomes = [await side.ask(*parts) for parts in cases]
    for outcome in outcomes:
        lines = bytes(outcome["written"]).split(b"\r\n")  # type: ignore[call-overload]
        outcome["written"] = [line for line in lines if not line.startswith(b"date: ")]
    return {
        "answers": outcomes,
        "metrics": side.counted(),
        "kept": side.kept(),
        "log": list(log.lines),
        "waiting": len(side.connections.waiting),
    }


def splits(data: bytes) -> Iterator[list[bytes]]:
    """`data` as a whole, cut once at each kind of boundary, in three and byte by byte."""
    head = data.find(b"\r\n\r\n")
    cuts = {1, 5, data.find(b"\r\n"), head, head + 2, head + 4, head + 5, len(data) - 1} & set(
        range(1, len(data))
    )
    yield [data]
    for cut in sorted(cuts):
        yield [data[:cut], data[cut:]]
    yield [data[:20], data[20 : head + 10], data[head + 10 :]]
    if data in {PLAIN["plain"], PLAIN["chunked"], ODD["a name twice"]}:
        yield [data[at : at + 1] for at in range(len(data))]


@pytest.mark.parametrize("variant", VARIANTS)
async def test_both_paths_are_equal_for_every_odd_request_at_every_split(
    variant: str, release: ServedRelease, folders: Folders, log: Logged
) -> None:
    own = own_settings(folders, **VARIANTS[variant])
    for name, data in (PLAIN | ODD).items():
        cases = list(splits(data)) if variant == "default" else [[data]]
        fast, app = (InProcess(release, own, fast=each) for each in (True, False))
        assert await answered(app, log, cases) == await answered(fast, log, cases), name


@pytest.mark.parametrize("name", PLAIN)
async def test_the_fast_path_takes_what_is_plain(name: str, release: ServedRelease, folders: Folders) -> None:
    side = InProcess(release, own_settings(folders), fast=True)
    await side.ask(PLAIN[name])
    at_the_apps = PLAIN[name].count(b"POST /predict") - side.taken
    assert 0 <= at_the_apps <= len(PLAIN[name]) // 1_024  # those in line whose body a piece cuts off


async def test_the_app_gets_what_is_odd(release: ServedRelease, folders: Folders) -> None:
    side = InProcess(release, own_settings(folders), fast=True)
    for data in ODD.values():
        if data.count(b"POST") == 1:
            await side.ask(data)
    assert 1 == side.taken  # the valid one, with garbage behind it


class Failing:
    """A scorer that fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def score(self, *_: object) -> Scores:
        """Raise the error."""
        raise self._error

    explain = score


@pytest.mark.parametrize("fallback", ["none", "review"])
@pytest.mark.parametrize(
    "error",
    [None, DeadlineExceeded("late"), PairMismatch("mixed"), PredictorDied("gone"), ValueError("a bug")],
    ids=repr,
)
async def test_failures_and_fallback_are_equal(
    error: Exception | None, fallback: str, release: ServedRelease, folders: Folders, log: Logged
) -> None:
    own = own_settings(folders, fallback=fallback)
    cases = [[request()], [request(with_field(b"transaction_id", b'"a1"')), request()], [HEALTH + request()]]
    scorer: Any = (lambda _: Failing(error)) if error else (lambda _: None)
    fast, app = (InProcess(release, own, fast=each, scorer=scorer) for each in (True, False))
    assert await answered(app, log, cases) == await answered(fast, log, cases)
    assert 4 == fast.taken


class Gated:
    """A scorer that answers when it may."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.may = asyncio.Event()

    async def score(self, *call: Any) -> Scores:  # noqa: ANN401 - as a scorer
        """Wait, then score."""
        await self.may.wait()
        return await self.scorer.score(*call)

    explain = score


@pytest.mark.parametrize("fast", [True, False])
async def test_overload_shedding_leaving_and_lost_callers_are_equal(
    *, fast: bool, release: ServedRelease, folders: Folders
) -> None:
    gates = list[Gated]()

    def gated(scorer: Scorer) -> Any:  # noqa: ANN401 - a scorer
        gates.append(Gated(scorer))
        return gates[0]

    limits = ConnectionLimits(connections=10, head=4_096, head_seconds=5.0, pending=3)
    side = InProcess(release, own_settings(folders, max_requests=2), fast=fast, scorer=gated, limits=limits)
    several = [side.connect() for _ in range(4)]
    for connection, _ in several:
        connection.data_received(request())
        await settle()
    first, lost, third, shed = several
    statuses = [transport.written[9:12] for _, transport in several]
    assert [b"", b"", b"503"] == statuses[:3]
    assert b"503" == shed[1].written[9:12] or len(side.connections.waiting) < limits.pending
    lost[1].close()
    first[0].leave()
    await settle()
    gates[0].may.set()
    await settle()
    assert b"200" == first[1].written[9:12]
    assert b"connection: close" in first[1].written
    assert (True, b"") == (lost[1].closing, lost[1].written)
    assert not side.connections.waiting
    third[0].data_received(request())
    await settle()
    assert third[1].written.count(b"HTTP/1.1 200 ") == 1
    counted = side.counted()
    decisions = sum(value for name, value in counted.items() if name[0] == "fraud_decisions_total")
    assert 3 + (shed[1].written[9:12] == b"200") == decisions  # also for the caller who went


bodies = st.one_of(
    st.builds(
        lambda amt, hour, day, category, own: (
            b'{"amt":%s,"hour":%s,"day_of_week":%s,"category":%s%s}' % (amt, hour, day, category, own)
        ),
        st.sampled_from([b"1", b"9.99", b"10", b"1e3", b"245.5", b"0", b"-0.0", b"1E9", b'"1"', b"null"]),
        st.sampled_from([b"0", b"23", b"24", b"5.0", b"-1", b"true", b"1e1"]),
        st.sampled_from([b"0", b"6", b"7", b"3"]),
        st.sampled_from(
            [b'"travel"', b'"grocery_pos"', b'"\xc3\xa9"', b'"a\\"b"', b'""', b'"%s"' % (b"a" * 65), b"1"]
        ),
        st.sampled_from([b"", b',"transaction_id":"x"', b',"transaction_id":null', b',"hour":1', b',"y":1']),
    ),
    st.binary(max_size=40),
    st.just(PAYMENT),
)
heads = st.sampled_from(
    [
        b"",
        TRACE,
        GATEWAY,
        b"connection: close\r\n",
        b"content-encoding: gzip\r\n",
        b"expect: 100-continue\r\n",
    ]
)
lines = st.sampled_from(
    [b"POST /predict/ HTTP/1.1", b"POST /predict HTTP/1.0", b"POST /predict/?explain=1 HTTP/1.1"]
)
requests_ = st.builds(lambda body, more, line: request(body, more, line=line), bodies, heads, lines)


@settings(max_examples=50)
@given(
    data=st.lists(requests_, min_size=1, max_size=4).map(b"".join),
    cuts=st.lists(st.integers(1, 600), max_size=3),
)
def test_both_paths_are_equal_for_any_requests_at_any_split(
    data: bytes, cuts: list[int], release_here: tuple[ServedRelease, TransformerSettings], log: Logged
) -> None:
    release, own = release_here
    edges = [0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]
    parts = [data[start:end] for start, end in pairwise(edges)]

    async def both() -> list[dict[str, object]]:
        sides = [InProcess(release, own, fast=each) for each in (True, False)]
        return [await answered(side, log, [parts]) for side in sides]

    fast, app = asyncio.run(both())
    assert app == fast


@pytest.fixture(scope="module")
def release_here(release: ServedRelease, folders: Folders) -> tuple[ServedRelease, TransformerSettings]:
    return release, own_settings(folders)
