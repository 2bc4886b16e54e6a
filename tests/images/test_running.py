"""Each image as a container runs it: its own user, a read-only root, nothing of this machine's Python."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from fraud_registry.access.account import Account
from fraud_registry.embedded import embedded
from fraud_registry.publishing.publish import publish
from fraud_registry.references import Published
from fraud_training.train import TrainedRelease
from support.cluster.image_archive import Image
from support.cluster.image_process import Container, started
from support.processes import free_port
from support.registries.promotion import promote
from support.waiting import eventually

PAYMENT = {"amt": 245.5, "hour": 14, "day_of_week": 3, "category": "grocery"}
MOUNTED = "/tmp"  # noqa: S108 - in the container, where a test's own folders are mounted
KEY = "0123456789abcdef" * 3
FLAT = "fraud_forest walks the trees"
START = 60.0
"""Seconds; it takes some five, on a busy machine more."""

Images = Callable[[str], Image]


def ports(*names: str) -> dict[str, str]:
    """A free port for each of the settings."""
    return {name: str(free_port()) for name in names}


def ready(container: Container, url: str) -> None:
    """Return once `url` is answered with 200; fail where the process ends or takes too long."""

    def answers() -> bool:
        if container.popen.poll() is not None:
            raise AssertionError(f"ended with {container.popen.returncode}: {container.told}")
        return httpx.get(url, timeout=2).status_code == 200

    eventually(answers, seconds=START)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with embedded(tmp_path_factory.mktemp("wandb")) as account:
        yield account


@pytest.fixture(scope="module")
def published(registry: Account, trained: TrainedRelease) -> Published:
    published = publish(registry, trained.folder)
    promote(registry, published)
    return published


@pytest.fixture
def settings() -> dict[str, str]:
    return ports("FRAUD_HTTP_PORT", "FRAUD_GRPC_PORT", "FRAUD_ADMIN_PORT")


def test_all_in_one_serves_its_own_release_without_a_key(image: Images, settings: dict[str, str]) -> None:
    base = f"http://127.0.0.1:{settings['FRAUD_HTTP_PORT']}"
    with started(image("all-in-one"), environ=settings) as container:
        ready(container, f"http://127.0.0.1:{settings['FRAUD_ADMIN_PORT']}/ready")
        answer = httpx.post(f"{base}/predict/", json=PAYMENT).json()
        health = httpx.get(f"{base}/health").json()
        user = Path(f"/proc/{container.first}").stat().st_uid
        status = container.terminate()
        told = container.told
    assert ("non-fraudulent", "approve") == (answer["prediction"], answer["decision"])
    assert ("ok", "unregistered") == (health["status"], health["model"]["version"])
    assert (10001, 0) == (user, status)
    assert FLAT in told


def test_all_in_one_serves_what_is_in_production_with_a_key_and_forgets_the_key(
    image: Images,
    settings: dict[str, str],
    registry: Account,
    published: Published,
    trained: TrainedRelease,
) -> None:
    base = f"http://127.0.0.1:{settings['FRAUD_HTTP_PORT']}"
    secret = registry.api_key.get_secret_value()
    # As `docker run --env-file` passes a line of `.env` on, quotes and comment included.
    account = registry.environment | {"WANDB_API_KEY": f'"{secret}"  # from the page /authorize'}
    with started(image("all-in-one"), environ=settings | account) as container:
        ready(container, f"http://127.0.0.1:{settings['FRAUD_ADMIN_PORT']}/ready")
        answer = httpx.post(f"{base}/predict/", json=PAYMENT).json()
        health = httpx.get(f"{base}/health").json()
        environ = Path(f"/proc/{container.first}/environ").read_text()
        status = container.terminate()
        told = container.told
    assert "v0" == answer["model_version"]
    assert {"version": "v0", "digest": trained.model_digest} == health["model"]
    assert {"version": "v0", "digest": trained.preprocessor_digest} == health["preprocessor"]
    assert secret not in environ + told
    assert f"serving {published.model.uri}" in told
    assert 0 == status


@pytest.mark.parametrize(
    ("account", "status", "message"),
    [
        (
            {"WANDB_API_KEY": KEY, "WANDB_BASE_URL": "http://127.0.0.1:9"},
            5,
            "error: W&B at 127.0.0.1:9: cannot be reached",
        ),
        ({"WANDB_API_KEY": ""}, 2, "error: WANDB_API_KEY given in the environment, but empty."),
    ],
    ids=["away", "empty key"],
)
def test_all_in_one_says_in_one_line_why_it_does_not_start(
    image: Images, settings: dict[str, str], account: dict[str, str], status: int, message: str
) -> None:
    with started(image("all-in-one"), environ=settings | account) as container:
        assert status == container.popen.wait(START)
        told = container.told
    assert told.splitlines()[-1].startswith(message)
    assert KEY not in told


def test_transformer_and_predictor_decide_together(
    image: Images, settings: dict[str, str], trained: TrainedRelease
) -> None:
    model, preprocessor = trained.folder / "production_model", trained.folder / "preprocessor"
    predicting = ports("FRAUD_HTTP_PORT", "FRAUD_GRPC_PORT") | {
        "FRAUD_MODEL_DIR": f"{MOUNTED}/production_model"
    }
    transforming = settings | {
        "FRAUD_MODEL_DIR": f"{MOUNTED}/production_model",
        "FRAUD_PREPROCESSOR_DIR": f"{MOUNTED}/preprocessor",
        "FRAUD_PREDICTOR": f"127.0.0.1:{predicting['FRAUD_GRPC_PORT']}",
    }
    with (
        started(image("predictor"), environ=predicting, mounts=[model]) as predictor,
        started(image("transformer"), environ=transforming, mounts=[model, preprocessor]) as transformer,
    ):
        ready(predictor, f"http://127.0.0.1:{predicting['FRAUD_HTTP_PORT']}/v2/models/fraud/ready")
        ready(transformer, f"http://127.0.0.1:{settings['FRAUD_ADMIN_PORT']}/ready")
        answer = httpx.post(f"http://127.0.0.1:{settings['FRAUD_HTTP_PORT']}/predict/", json=PAYMENT)
        assert (0, 0) == (transformer.terminate(), predictor.terminate())
        assert FLAT in predictor.told
    assert 200 == answer.status_code, answer.text
    assert "approve" == answer.json()["decision"]


def test_the_initializer_fetches_from_the_registry_in_the_other_image(
    image: Images, trained: TrainedRelease, tmp_path: Path
) -> None:
    port, models = free_port(), tmp_path / "models"
    models.mkdir()
    models.chmod(0o777)  # as the volume that KServe mounts lets the pod's user write
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o777)
    arguments = ("--data", f"{MOUNTED}/data", "--port", port)
    with started(
        image("wandb-local"), *arguments, environ={"WANDB_LOCAL_API_KEY": KEY}, mounts=[data]
    ) as server:
        ready(server, f"http://127.0.0.1:{port}/healthz")
        account = Account(base_url=f"http://127.0.0.1:{port}", api_key=KEY)
        pins = publish(account, trained.folder)
        with started(
            image("storage-initializer"),
            *(pins.model.uri, f"{MOUNTED}/models"),
            environ=account.environment,
            mounts=[models],
        ) as initializer:
            assert (0, "") == (initializer.popen.wait(START), initializer.told)
        assert 0 == server.terminate()
    assert {"model.ubj", "manifest.json", "origin.json"} <= {path.name for path in models.iterdir()}
