"""What the real SDK raises when the server refuses."""

import httpx
import pytest
import wandb
from wandb.errors import AuthenticationError, CommError

import wandb_local
from support.registries.sdk import Complaints, Sdk


def test_what_does_not_exist_is_named(sdk: Sdk) -> None:
    with sdk.init() as run:
        sdk.log(run, "one")
        with pytest.raises(CommError, match=f"artifact membership 'nope:latest' not found in '{sdk.path}'"):
            run.use_artifact("nope:latest", type="model")
        with pytest.raises(CommError, match="type 'dataset' specified but this artifact is of type 'model'"):
            run.use_artifact("model:latest", type="dataset")
    with pytest.raises(CommError, match="Could not find run"):
        sdk.api.run(f"{sdk.path}/nope")


def test_a_wrong_key_is_refused(sdk: Sdk) -> None:
    with pytest.raises(AuthenticationError, match="the API key is missing or wrong"):
        wandb.Api(overrides={"base_url": sdk.server.url}, api_key="b" * 40, timeout=240)


def test_an_operation_of_a_later_sdk_is_reported_by_name(
    server: wandb_local.RunningServer, complaints: Complaints
) -> None:
    answer = httpx.post(
        f"{server.url}/graphql",
        auth=("api", server.api_key),
        json={"query": "query FromTheFuture { viewer { mood } }", "operationName": ""},
    )
    assert (
        answer.status_code,
        answer.json()["errors"][0]["message"],
    ) == (400, 'Cannot query field "mood" on type "User".')
    assert complaints() == ["operation FromTheFuture is not among those checked with wandb 0.31.0"]


def test_the_probe_for_telemetry_is_answered_not_found_without_a_key(
    server: wandb_local.RunningServer,
) -> None:
    for path in ("/sdk/otel/v1/metrics", "/sdk/otel/v1/logs", "/nope"):
        assert httpx.post(f"{server.url}{path}", content=b"x").status_code == 404
