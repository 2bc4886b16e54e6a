"""The process that runs W&B's SDK: reads a request, says how far it is, answers, until it is asked no more.

Only this module's process imports wandb. It ends when the one that started it does.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import TextIO

from pydantic import BaseModel

from fraud_contract.errors import FraudError, RegistryError, SettingsError
from fraud_registry import sdk
from fraud_registry.access.account import Account, read_account
from fraud_registry.access.probe import default_entity, with_entity
from fraud_registry.messages import (
    ASKED,
    REQUEST,
    REQUEST_FILE,
    Answer,
    Download,
    Failure,
    ListMoves,
    LogMonitoring,
    LogRollout,
    LookUp,
    PlanMove,
    Promote,
    Publish,
    PublishDataset,
    Request,
    ResolveArtifact,
    ResolveRelease,
    Stage,
)
from fraud_registry.worker.cleanup import end_with_parent


class _Events:
    """Speaks to the parent in events; a `Progress`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, event: Stage | Answer | Failure) -> None:
        self._stream.write(event.model_dump_json() + "\n")
        self._stream.flush()

    def stage(self, name: str) -> None:
        self.say(Stage(stage=name))


def main() -> int:
    """Do what each request in the working folder says; exit code 0 once nothing more is asked."""
    # The SDK's and wandb-core's own prints go to stderr: stdout is the parent's.
    events = _Events(os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    heard: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=end_with_parent, args=(Path.cwd(), heard.put), daemon=True).start()
    signal.signal(signal.SIGTERM, _interrupt)
    while heard.get() == ASKED:
        events.say(_answered(events))
    return 0


def _answered(events: _Events) -> Answer | Failure:
    try:
        return Answer(answer=_work(events).model_dump(mode="json"))
    except FraudError as error:
        return Failure(code=error.code, message=error.message)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _work(progress: _Events) -> BaseModel:
    account = read_account(os.environ)
    if account is None:
        raise SettingsError("The process that runs W&B's SDK was given no key.")
    request = REQUEST.validate_json(Path(REQUEST_FILE).read_bytes())
    account = with_entity(account)
    try:
        return _perform(account, request, progress)
    except FraudError:
        raise
    except Exception as error:  # noqa: BLE001 - the SDK raises nearly anything, its own errors included
        default_entity(account)  # raises the right error if the registry is away or refuses the key
        raise RegistryError(f"W&B at {account.host}: {_line(account, error)}") from None


def _line(account: Account, error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return account.redact(lines[0])[:200]


def _perform(account: Account, request: Request, progress: _Events) -> BaseModel:
    match request:
        case Download():
            answer: BaseModel = sdk.download.download(account, request)
        case Publish():
            answer = sdk.training_run.publish(account, request, progress)
        case PublishDataset():
            answer = sdk.dataset.publish(account, request, progress)
        case Promote():
            answer = sdk.promotion.promote(account, request, progress)
        case LogRollout():
            answer = sdk.rollout_run.log(account, request, progress)
        case LogMonitoring():
            answer = sdk.monitoring_run.log(account, request, progress)
        case _:
            answer = _look_up(account, request)
    return answer


def _look_up(account: Account, request: LookUp) -> BaseModel:
    match request:
        case ResolveArtifact():
            answer: BaseModel = sdk.lookup.artifact(account, request.reference)
        case ResolveRelease():
            answer = sdk.lookup.release(account, request.version)
        case PlanMove():
            answer = sdk.promotion.planned(account, request.version)
        case ListMoves():
            answer = sdk.promotion.moves(account)
    return answer


if __name__ == "__main__":
    sys.exit(main())
