"""A release of a comparison, running on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fraud_local.endpoint import LOOPBACK
from fraud_local.endpoint import Endpoint as Ports
from fraud_local.pair import running
from fraud_processes.ports import any_free
from fraud_rollout.evidence.endpoint import Address, Endpoint, Identity
from fraud_rollout.offline import RunningRelease
from fraudctl.flows.found_release import FoundRelease
from fraudctl.run import Run

_DEADLINE: Final = 30.0
"""Seconds for an answer: ten times what a busy laptop takes for the largest request."""


@contextmanager
def serving(release: FoundRelease, name: str, run: Run) -> Iterator[RunningRelease]:
    """The release, running on free ports of this machine; its logs are called by `name`.

    Raises:
        ProcessFailed: it did not get ready.
    """
    http, grpc, admin = any_free(3)
    ports = Ports(LOOPBACK, http, grpc, admin)
    logs = run.workspace.logs / "judge" / name
    pinned = release.release
    identity = Identity(pinned.name, release.model.digest, release.preprocessor.digest)
    with (
        running(release.folders, ports, run.environ, logs),
        Endpoint(identity, Address(f"http://{LOOPBACK}:{http}"), _DEADLINE) as endpoint,
    ):
        yield RunningRelease(pinned, release.model, endpoint)
