"""The OpenAPI document describes every route, and its examples are of its own schemas."""

from collections.abc import Iterator
from math import log
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from fraud_transformer.decisions.decider import Decider
from fraud_transformer.decisions.service import DecisionService
from fraud_transformer.docs.openapi import describe, inlined
from fraud_transformer.http.routes import Routes
from fraud_transformer.scoring.batcher import Batcher
from fraud_transformer.scoring.contributions import Contributions
from fraud_transformer.scoring.pool import Pool
from fraud_transformer.served import ServedRelease
from fraud_transformer.settings import TransformerSettings
from fraud_transformer.telemetry.metrics import Metrics
from fraud_transformer.telemetry.observers import Observers, Recorder
from fraud_transformer.telemetry.recent import Recent
from support.artifacts.releases import write_release
from support.servers.described import DOCUMENT, operations, validate


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> Routes:
    folders = write_release(tmp_path_factory.mktemp("release"), mean=1.0)
    settings = TransformerSettings(model_dir=folders.model, preprocessor_dir=folders.preprocessor)
    release, pool = ServedRelease.load(settings), Pool()
    metrics = Metrics(release, CollectorRegistry())
    batcher = Batcher(pool, metrics, batch_rows=64, max_queue=1000, deadline=1)
    decider = Decider(release, batcher, Contributions(pool, metrics, settings.deadline), settings)
    observers = Observers(Recorder(metrics, Recent(24, release.features)), None)
    return Routes(DecisionService(decider, observers, settings), settings, ready=lambda: True)


def shown_media() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every description of a body, of requests and of answers."""
    for path, method, operation in operations():
        bodies = {"request": operation.get("requestBody", {"content": {}}), **operation["responses"]}
        for whose, body in bodies.items():
            for kind, media in body["content"].items():
                yield f"{method} {path} {whose} {kind}", media


MEDIA = dict(shown_media())


def test_the_paths_and_methods_described_are_those_that_are_served(routes: Routes) -> None:
    model = "/v2/models/fraud"
    versioned = [path.replace(model, f"{model}/versions/unregistered") for path in routes._routes]
    found = [routes.find(path) for path in (*routes._routes, *versioned)]
    named = [
        (each.template.rstrip("/") or "/", each) for each in found if each
    ]  # a slash more is described once
    served = {(template, method.lower()) for template, each in named for method in each.handlers}
    assert served == {(path, method) for path, method, _ in operations()}


@pytest.mark.parametrize("body", MEDIA)
def test_every_body_has_examples_and_each_is_of_its_schema(body: str) -> None:
    media = MEDIA[body]
    assert media["examples"]
    for example in media["examples"].values():
        validate(example["value"], media["schema"])


@pytest.mark.parametrize("status", ["400", "404", "413", "422", "503", "504"])
def test_an_error_is_described_once_for_all_routes(status: str) -> None:
    told = [
        operation["responses"][status]
        for item in DOCUMENT["paths"].values()
        for method, operation in item.items()
        if method == "post"
    ]
    assert told
    assert [told[0]] * len(told) == told
    assert ["$ref"] == list(told[0])


@pytest.mark.parametrize("status", ["503", "504"])
def test_an_answer_that_asks_for_another_try_says_when(status: str) -> None:
    for _, _, operation in operations():
        if status in operation["responses"]:
            assert "retry-after" in operation["responses"][status]["headers"]


def test_every_component_is_used_somewhere() -> None:
    text = str(DOCUMENT)
    for kind, components in DOCUMENT["components"].items():
        told_in_words = {"Explanation", "RefusedLine"} if kind == "schemas" else set()
        unused = {name for name in components if f"'#/components/{kind}/{name}'" not in text}
        assert set() == unused - told_in_words


def test_an_example_explains_the_probability_that_it_shows() -> None:
    answer = DOCUMENT["components"]["examples"]["Answer.explained"]["value"]
    explanation, probability = answer["explanation"], answer["fraud_probability"]
    total = explanation["bias"] + sum(each["contribution"] for each in explanation["reasons"])
    assert total == pytest.approx(explanation["log_odds"])
    assert log(probability / (1 - probability)) == pytest.approx(total, abs=1e-4)


def test_what_is_inlined_holds_references_to_schemas_only() -> None:
    text = str(inlined(describe()["paths"], describe()))
    assert text.count("'$ref'") == text.count("'$ref': '#/components/schemas/")
