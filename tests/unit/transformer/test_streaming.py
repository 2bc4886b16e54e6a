"""A stream goes on where a piece of it could not be decided, and gives its place back when it ends."""

import asyncio
import gzip
import json
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from fraud_contract.errors import FraudError, Overloaded
from fraud_predictor.scorer import Scorer
from fraud_serving.budget import Budget
from fraud_standalone.local_scorer import LocalScorer
from fraud_transformer.decisions.decider import Decider
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.http import places
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response
from fraud_transformer.http.streaming import Streams
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import NullObserver, Observers, Recorder
from fraud_transformer.telemetry.recent import Recent
from fraud_transformer.telemetry.request_context import RequestContext
from support.artifacts.releases import write_release

LINE = b'{"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "travel"}\n'


class Scoring:
    """Streams over a release whose scorer can be taken away."""

    def __init__(self, settings: TransformerSettings) -> None:
        release = ServedRelease.load(settings)
        self.scorer = LocalScorer(Scorer.load(release.model), "v1")
        self.pool = Pool([self.scorer])
        metrics = Metrics(release, CollectorRegistry())
        batcher = Batcher(self.pool, metrics, batch_rows=64, max_queue=1000, deadline=1)
        decider = Decider(release, batcher, Contributions(self.pool, metrics, 1), settings)
        observers = Observers(Recorder(metrics, Recent(24, release.features)), None)
        self.streams = Streams(DecisionService(decider, observers, settings), settings)


@pytest.fixture
def scoring(tmp_path: Path) -> Scoring:
    return scoring_with(tmp_path)


def scoring_with(folder: Path, **settings: Any) -> Scoring:  # noqa: ANN401 - as the settings have them
    folders = write_release(folder, mean=1.0)
    return Scoring(
        TransformerSettings(
            model_dir=folders.model, preprocessor_dir=folders.preprocessor, max_streams=1, **settings
        )
    )


def request(
    chunks: AsyncIterator[bytes], is_closing: Callable[[], bool] = lambda: False, **headers: str
) -> Request:
    async def receive() -> dict[str, Any]:
        chunk = await anext(chunks, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    context = RequestContext("/predict/batch", NullObserver(), 0)
    extensions = {"fraud.abort": lambda: None, "fraud.is_closing": is_closing}
    scope = {"type": "http", "method": "POST", "headers": [], "extensions": extensions}
    given = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Request(scope, receive, given, 1000, 1, Budget(1000, ""), context)


async def lines(response: Response) -> list[dict[str, Any]]:
    assert response.stream
    body = response.body + b"".join([chunk async for chunk in response.stream.chunks])
    return [json.loads(line) for line in body.splitlines()]


async def test_lines_without_a_predictor_are_refused_and_those_after_it_came_back_are_not(
    scoring: Scoring,
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield LINE
        scoring.pool.remove(scoring.scorer)
        yield LINE + b"{}\n" + LINE
        scoring.pool.add(scoring.scorer)
        yield LINE

    told = await lines(await scoring.streams.respond(request(chunks())))
    codes = [each.get("code") for each in told]
    assert [None, "predictor_away", "invalid", "predictor_away", None] == codes
    assert [2, 3, 4] == [each["line"] for each in told if "line" in each]


async def test_a_line_that_names_a_member_twice_is_refused(scoring: Scoring) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield LINE.replace(b"{", b'{"amt": 1, ') + LINE

    told = await lines(await scoring.streams.respond(request(chunks())))
    assert ["malformed", None] == [each.get("code") for each in told]


async def test_pieces_are_answered_in_order(scoring: Scoring) -> None:
    rows = [json.loads(LINE) | {"transaction_id": str(number)} for number in range(1500)]

    async def chunks() -> AsyncIterator[bytes]:
        yield b"\n".join(json.dumps(row).encode() for row in rows)

    told = await lines(await scoring.streams.respond(request(chunks())))
    assert [row["transaction_id"] for row in rows] == [each["transaction_id"] for each in told]


async def test_a_stream_that_ends_in_any_way_leaves_its_place(scoring: Scoring) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield LINE
        yield LINE

    async def none() -> AsyncIterator[bytes]:
        return
        yield

    open_one = await scoring.streams.respond(request(chunks()))
    with pytest.raises(Overloaded):
        await scoring.streams.respond(request(chunks()))
    assert open_one.stream
    await open_one.stream.chunks.aclose()
    with pytest.raises(FraudError, match="No transactions"):
        await scoring.streams.respond(request(none()))
    assert 2 == len(await lines(await scoring.streams.respond(request(chunks()))))
    assert 2 == len(await lines(await scoring.streams.respond(request(chunks()))))


async def test_work_ends_when_its_caller_is_gone(scoring: Scoring) -> None:
    left = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield gzip.compress(LINE * 100_000)

    sent = request(chunks(), left.is_set, content_encoding="gzip")
    response = await scoring.streams.respond(sent)
    assert response.stream
    left.set()
    rest = [chunk async for chunk in response.stream.chunks]
    assert "The connection ended within the body." == json.loads(rest[-1])["error"]
    assert sum(chunk.count(b"\n") for chunk in rest) < 1_000


@pytest.mark.parametrize("filling", [b" ", b"\t", b"x"])
async def test_what_a_compressed_stream_inflates_to_is_paid_by_its_lines(
    scoring: Scoring, filling: bytes
) -> None:
    long = LINE.replace(b"{", b"{" + filling * 8_000)
    noise = gzip.compress(secrets.token_hex(100_000).encode() + b"\n")  # else it inflates to too many times

    async def chunks() -> AsyncIterator[bytes]:
        yield noise + gzip.compress(LINE * 100)
        yield gzip.compress(long * 1_000)
        yield gzip.compress(LINE)

    told = await lines(await scoring.streams.respond(request(chunks(), content_encoding="gzip")))
    assert "The gzip body inflates to more than 1024 bytes for each line." == told[-1]["error"]
    assert 200 < len(told) < 300


async def test_a_stream_that_is_refused_more_than_it_is_answered_is_ended(scoring: Scoring) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield LINE * 5_000 + b"x\n" * 1_400
        yield b"x\n" * 10_000
        yield LINE

    told = await lines(await scoring.streams.respond(request(chunks())))
    refused = [each for each in told if "error" in each]
    assert 1_500 < len(refused) < 1_500 + 2 * 512
    assert told[-1]["error"].startswith("More than 1000 lines, and more than a tenth of all, are refused.")
    assert "invalid" == told[-1]["code"]


async def test_refused_unknown_categories_count_as_other_refused_lines_do(tmp_path: Path) -> None:
    scoring = scoring_with(tmp_path, unknown_category="refuse")

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield LINE.replace(b"travel", b"unheard") * 500

    told = await lines(await scoring.streams.respond(request(chunks())))
    assert 1_000 < len(told) < 1_000 + 2 * 512
    assert told[-1]["error"].startswith("More than 1000 lines")


async def test_a_silent_stream_gives_its_place_to_an_active_one(
    scoring: Scoring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SILENT_SECONDS", 0.0)
    waits = asyncio.Event()

    async def silent() -> AsyncIterator[bytes]:
        yield LINE
        waits.set()
        await asyncio.Event().wait()

    async def chunks() -> AsyncIterator[bytes]:
        yield LINE

    first = asyncio.create_task(lines(await scoring.streams.respond(request(silent()))))
    await waits.wait()
    assert 1 == len(await lines(await scoring.streams.respond(request(chunks()))))
    assert [None, "request_timeout"] == [each.get("code") for each in await first]
    assert 1 == len(await lines(await scoring.streams.respond(request(chunks()))))


@pytest.mark.parametrize("trickle", [b"\n", b"x"])
async def test_blank_lines_and_partial_lines_count_as_silence(
    tmp_path_factory: pytest.TempPathFactory, trickle: bytes
) -> None:
    folders = write_release(tmp_path_factory.mktemp("release"), mean=1.0)
    scoring = Scoring(
        TransformerSettings(
            model_dir=folders.model, preprocessor_dir=folders.preprocessor, stream_idle=0.3, max_streams=1
        )
    )

    async def chunks() -> AsyncIterator[bytes]:
        yield LINE
        for _ in range(200):
            yield trickle
            await asyncio.sleep(0.05)

    told = await lines(await scoring.streams.respond(request(chunks())))
    assert [None, "request_timeout"] == [each.get("code") for each in told]
