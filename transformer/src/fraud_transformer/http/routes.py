"""Every public route and what it answers."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final, cast

import msgspec

from fraud_contract.errors import FraudError, MalformedRequest, UnknownModel, UnknownRoute
from fraud_contract.oip import MODEL_NAME
from fraud_serving.description import BINARY_TENSORS, SERVER, SERVER_VERSION
from fraud_transformer.decisions.answers import (
    Answers,
    Predictions,
    answer_columns,
    answer_rows,
    column_warnings,
)
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.docs import openapi, page
from fraud_transformer.http.bodies import is_columnar, read_batch, read_columns, read_instances
from fraud_transformer.http.request import Request
from fraud_transformer.http.response import Response, json_response
from fraud_transformer.http.streaming import CONTENT_TYPES, Streams
from fraud_transformer.oip import metadata, rest_binary, rest_json
from fraud_transformer.oip.tensors import columns_of, describe
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.transactions.columns import transposed
from fraud_transformer.transactions.parsing import Payment, parse_transaction

Handler = Callable[[Request], Awaitable[Response]]

_ENCODED_ROWS: Final = 2_048
"""Rows whose answers are made and encoded at once, in some 2 ms at most."""
_COMMA: Final = ord(",")
_OTHER_MODEL: Final = re.compile(r"^/v[12]/models/([^/:]+)")
_VERSIONED: Final = re.compile(rf"^(/v2/models/{MODEL_NAME})/versions/([^/]+)(|/ready|/infer)$")

_encode_into: Final = msgspec.json.Encoder().encode_into


@dataclass(frozen=True, slots=True)
class Route:
    """A path template and its handlers by method."""

    template: str
    handlers: Mapping[str, Handler]

    @property
    def methods(self) -> tuple[str, ...]:
        """What the path answers to."""
        implied = ("HEAD",) if "GET" in self.handlers else ()
        return (*self.handlers, *implied, "OPTIONS")

    async def options(self, _: Request) -> Response:
        """What the path answers to, as a header."""
        return Response(204, b"", ((b"allow", ", ".join(self.methods).encode()),))


class Routes:
    """The public routes of one release."""

    def __init__(
        self, service: DecisionService, settings: TransformerSettings, ready: Callable[[], bool]
    ) -> None:
        self._service = service
        self._streams = Streams(service, settings)
        self._description = describe(service.release.model.version)
        v1, v2 = f"/v1/models/{MODEL_NAME}", f"/v2/models/{MODEL_NAME}"
        models = _constant(metadata.Models([MODEL_NAME]))
        model_ready = _readiness(ready, partial(metadata.Readiness, MODEL_NAME))
        health = _readiness(ready, lambda ready: service.release.health(ready=ready))
        table: dict[str, dict[str, Handler]] = {
            "/predict": {"POST": self.predict},
            "/predict/": {"POST": self.predict},
            "/predict/batch": {"POST": self.predict_batch},
            "/health": {"GET": health},
            "/": {"GET": _constant(metadata.Alive("alive"))},
            "/openapi.json": {"GET": self.openapi},
            "/docs": {"GET": self.docs},
            "/v1/models": {"GET": models},
            v1: {"GET": model_ready},
            f"{v1}:predict": {"POST": self.v1_predict},
            f"{v1}:explain": {"POST": self.v1_explain},
            "/v2": {"GET": _constant(metadata.Server(SERVER, SERVER_VERSION, [BINARY_TENSORS]))},
            "/v2/health/live": {"GET": _constant(metadata.Live(live=True))},
            "/v2/health/ready": {"GET": _readiness(ready, metadata.Ready)},
            "/v2/models": {"GET": models},
            v2: {"GET": _constant(self._description.body())},
            f"{v2}/ready": {"GET": model_ready},
            f"{v2}/infer": {"POST": self.v2_infer},
        }
        self._routes = {path: Route(path, handlers) for path, handlers in table.items()}

    def find(self, path: str) -> Route | None:
        """The route at `path`, which may end in a slash: clients of the original API and of v2 add one."""
        return self._routes.get(path) or self._versioned(path) or self._without_slash(path)

    def _without_slash(self, path: str) -> Route | None:
        bare = path.removesuffix("/")
        return None if bare == path else self._routes.get(bare) or self._versioned(bare)

    def _versioned(self, path: str) -> Route | None:
        """The same route as without a version, which answers only for the version that is served."""
        found = _VERSIONED.match(path)
        if found is None:
            return None
        model, version, call = found.groups()
        handlers = self._routes[model + call].handlers

        async def refuse(_: Request) -> Response:
            raise self._description.unknown_version()

        served = version == self._description.version
        template = f"{model}/versions/{{version}}{call}"
        return Route(template, handlers if served else dict.fromkeys(handlers, refuse))

    async def predict(self, request: Request) -> Response:
        """One transaction, as the original API takes it."""
        explain = wants_explanation(request)
        transaction = await self._read(await request.json_body(), parse_transaction)
        return json_response(await self._service.decide(request.context, transaction, explain=explain))

    async def predict_batch(self, request: Request) -> Response:
        """Many transactions, answered in order: in rows, in columns or as a stream of lines."""
        explain = wants_explanation(request)
        if request.content_type in CONTENT_TYPES:
            if explain:
                raise MalformedRequest("A stream is answered without explanations. Leave explain out.")
            return await self._streams.respond(request)
        body, max_rows = await request.json_body(), self._service.max_rows(explain=explain)
        if is_columnar(body):
            columns = await self._read(body, partial(read_columns, max_rows=max_rows))
            answers = await self._service.decide_all(request.context, columns, explain=explain)
            return await self._in_columns(answers)
        rows = await self._read(body, partial(read_batch, max_rows=max_rows))
        return await self._predictions(request, rows, explain=explain)

    async def v1_predict(self, request: Request) -> Response:
        """KServe's v1 protocol."""
        explain = wants_explanation(request)
        return await self._v1_predictions(request, explain=explain)

    async def v1_explain(self, request: Request) -> Response:
        """KServe's v1 verb for what `?explain=true` asks for."""
        request.query()
        return await self._v1_predictions(request, explain=True)

    async def v2_infer(self, request: Request) -> Response:
        """Open Inference Protocol: four named tensors."""
        if request.query("explain"):
            raise MalformedRequest("Here explain is a parameter of the request, in its body.")
        body = await request.json_body(rest_binary.CONTENT_TYPE)
        head, raw = rest_binary.split_body(body, request.headers.get(rest_binary.HEADER))
        most = self._service.max_rows(explain=False)
        message = await self._read(head, partial(rest_json.parse_infer, max_rows=most))
        message.output_names()
        explain = message.wants_explanation
        max_rows = self._service.max_rows(explain=explain)
        columns = await self._read(
            body, lambda _: columns_of(rest_json.tensors_of(message, raw, max_rows), max_rows)
        )
        answers = await self._service.infer(request.context, columns, explain=explain)
        async with self._service.fairness.piece(len(answers)):
            return _infer_response(*rest_json.infer_response(message, answers))

    async def openapi(self, _: Request) -> Response:
        """The description of all routes."""
        return Response(200, _openapi())

    async def docs(self, _: Request) -> Response:
        """The description of all routes as a page."""
        return Response(200, _docs(), content_type=b"text/html; charset=utf-8")

    async def _v1_predictions(self, request: Request, *, explain: bool) -> Response:
        max_rows = self._service.max_rows(explain=explain)
        rows = await self._read(await request.json_body(), partial(read_instances, max_rows=max_rows))
        return await self._predictions(request, rows, explain=explain)

    async def _read[Result](self, body: bytes, read: Callable[[bytes], Result]) -> Result:
        return await self._service.read(len(body), partial(read, body))

    async def _predictions(self, request: Request, rows: list[Payment], *, explain: bool) -> Response:
        """In chunks of a millisecond or two, even for 10,000 rows."""
        piece = self._service.fairness.piece
        async with piece(len(rows)):
            columns = transposed(rows)
        answers = await self._service.decide_all(request.context, columns, explain=explain)
        predictions = await self._array(len(answers), partial(answer_rows, answers))
        async with piece(len(rows)):
            return json_response(Predictions(predictions))

    async def _in_columns(self, answers: Answers) -> Response:
        """In chunks as well: warnings are most of the largest answers."""
        warnings = await self._array(
            len(answers) if answers.warnings else 0, partial(column_warnings, answers)
        )
        async with self._service.fairness.piece(len(answers)):
            return json_response(answer_columns(answers, warnings))

    async def _array[Element](
        self, rows: int, elements: Callable[[int, int], list[Element]]
    ) -> list[Element]:
        """What `elements` makes of the rows from one up to another, as JSON, encoded chunk by chunk."""
        array = bytearray()  # which grows where it lies; parts and their joints would be copied three times
        for start in range(0, rows, _ENCODED_ROWS):
            async with self._service.fairness.piece(rows):
                part = elements(start, min(start + _ENCODED_ROWS, rows))
                if part:
                    joint = max(0, len(array) - 1)
                    _encode_into(part, array, joint)
                    if joint:  # the bracket that ended the array, and then began the part
                        array[joint] = _COMMA
        return cast("list[Element]", msgspec.Raw(array or b"[]"))


def _infer_response(content: Mapping[str, Any], raw: Sequence[bytes]) -> Response:
    """JSON alone, or followed by raw tensors."""
    if not raw:
        return json_response(content)
    head = msgspec.json.encode(content)
    length = (rest_binary.HEADER, b"%d" % len(head))
    return Response(200, b"".join((head, *raw)), (length,), rest_binary.CONTENT_TYPE)


def _constant(content: object) -> Handler:
    """Answers the same at any time."""
    response = json_response(content)

    async def answer(_: Request) -> Response:
        return response

    return answer


def _readiness(ready: Callable[[], bool], content: Callable[[bool], msgspec.Struct]) -> Handler:
    """Answers whether it is ready; a predictor that is away shows in decisions and metrics instead."""

    async def answer(_: Request) -> Response:
        now = ready()
        return json_response(content(now), 200 if now else 503)

    return answer


@cache
def _openapi() -> bytes:
    return msgspec.json.encode(openapi.describe())


@cache
def _docs() -> bytes:
    return page.page(openapi.describe()).encode()


def wants_explanation(request: Request) -> bool:
    """Whether `?explain=true` was said; raises `MalformedRequest` for another value or parameter."""
    wanted = openapi.EXPLAIN.get(request.query("explain").get("explain", "false"))
    if wanted is None:
        raise MalformedRequest("The query parameter explain is true or false.")
    return wanted


def nothing_at(path: str) -> FraudError:
    """The error for a path without a route."""
    model = _OTHER_MODEL.match(path)
    if model and model[1] != MODEL_NAME:
        return UnknownModel(f"No such model here; its name is {MODEL_NAME!r}.")
    return UnknownRoute("No such route. Payments go to POST /predict/; GET /v2 and GET /health tell more.")
