"""Everything that is compared, and the processes it consists of."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.load.api import PLAIN, V1, V2, Api
from benchmarks.services import mlserver


@dataclass(frozen=True)
class Ports:
    """Free TCP ports for one process."""

    http: int
    grpc: int
    admin: int


@dataclass(frozen=True)
class Command:
    """How a process is started."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """One process: its command, given the release, its ports and those of the process it asks, if any."""

    command: Callable[[Path, Ports, Ports | None], Command]
    ready: Callable[[Ports], str]
    """URL that answers 200 once it may be asked."""


@dataclass(frozen=True)
class Variant:
    """One row of the comparison."""

    name: str
    title: str
    api: Api
    services: tuple[Service, ...]
    """In the order of their start; each asks the one before it, callers ask the last."""
    decides: bool = True
    """Whether it answers what the model says, not a constant."""


def _python(module: str, *arguments: object) -> Command:
    return Command((sys.executable, "-m", module, *map(str, arguments)))


def _fastapi(form: str) -> Service:
    return Service(
        lambda release, ports, _: _python("benchmarks.peers.fastapi_service", release, ports.http, form),
        lambda ports: f"http://127.0.0.1:{ports.http}/health",
    )


def _kserve(module: str, *, needs_release: bool) -> Service:
    def command(release: Path, ports: Ports, asked: Ports | None) -> Command:
        return _python(
            f"benchmarks.peers.{module}",
            *("--model_name", "fraud", "--http_port", ports.http, "--enable_grpc", "false"),
            *(("--release", release) if needs_release else ()),
            *(("--predictor_host", f"127.0.0.1:{asked.http}") if asked else ()),
        )

    return Service(command, lambda ports: f"http://127.0.0.1:{ports.http}/v1/models/fraud")


def _mlserver() -> Service:
    """With what helps it on one core, by trial: no worker process, and batches; all else as it comes."""

    def command(release: Path, ports: Ports, _: Ports | None) -> Command:
        settings = {
            "HOST": "127.0.0.1",
            "HTTP_PORT": ports.http,
            "GRPC_PORT": ports.grpc,
            "METRICS_PORT": ports.admin,
            "DEBUG": "false",
            "PARALLEL_WORKERS": 0,
            "MODEL_NAME": "fraud",
            "MODEL_IMPLEMENTATION": "benchmarks.peers.mlserver_model.FraudModel",
            "MODEL_URI": release,
            "MODEL_MAX_BATCH_SIZE": 64,
            "MODEL_MAX_BATCH_TIME": 0.0001,
        }
        environment = {f"MLSERVER_{name}": str(value) for name, value in settings.items()}
        return Command((str(mlserver.PYTHON), "-m", "mlserver.cli.main", "start", str(release)), environment)

    return Service(command, lambda ports: f"http://127.0.0.1:{ports.http}/v2/models/fraud/ready")


def _uvicorn_constant() -> Service:
    return Service(
        lambda _, ports, __: _python("benchmarks.peers.uvicorn_constant", ports.http),
        lambda ports: f"http://127.0.0.1:{ports.http}/",
    )


def _ours(module: str) -> Service:
    """One of the product's processes, with the settings it comes with."""

    def command(release: Path, ports: Ports, asked: Ports | None) -> Command:
        settings = {
            "HOST": "127.0.0.1",
            "HTTP_PORT": ports.http,
            "GRPC_PORT": ports.grpc,
            "MODEL_DIR": release / "production_model",
        }
        if module != "fraud_predictor":
            settings |= {"ADMIN_PORT": ports.admin, "PREPROCESSOR_DIR": release / "preprocessor"}
        if asked:
            settings["PREDICTOR"] = f"127.0.0.1:{asked.grpc}"
        environment = {f"FRAUD_{name}": str(value) for name, value in settings.items()}
        return Command((sys.executable, "-m", module), environment)

    return Service(
        command,
        lambda ports: f"http://127.0.0.1:{ports.http if module == 'fraud_predictor' else ports.admin}/ready",
    )


SYNC: Final = Variant("fastapi-sync", "(a) FastAPI + pandas, sync", PLAIN, (_fastapi("sync"),))
ASYNC: Final = Variant("fastapi-async", "(a) FastAPI + pandas, async", PLAIN, (_fastapi("async"),))
KSERVE: Final = Variant(
    "kserve",
    "(b) KServe as documented, REST v1",
    V1,
    (_kserve("kserve_predictor", needs_release=True), _kserve("kserve_transformer", needs_release=True)),
)
MLSERVER: Final = Variant("mlserver", "(f) MLServer, batching, ready features", V2, (_mlserver(),))
PAIR: Final = Variant(
    "pair", "**(c) two processes, gRPC**", PLAIN, (_ours("fraud_predictor"), _ours("fraud_transformer"))
)
STANDALONE: Final = Variant("standalone", "**(d) standalone**", PLAIN, (_ours("fraud_standalone"),))
KSERVE_CONSTANT: Final = Variant(
    "kserve-constant",
    "(e) KServe, a constant",
    V1,
    (_kserve("kserve_constant", needs_release=False),),
    decides=False,
)
UVICORN_CONSTANT: Final = Variant(
    "uvicorn-constant", "(e) uvicorn, a constant", PLAIN, (_uvicorn_constant(),), decides=False
)
VARIANTS: Final = (SYNC, ASYNC, KSERVE, MLSERVER, PAIR, STANDALONE, KSERVE_CONSTANT, UVICORN_CONSTANT)
