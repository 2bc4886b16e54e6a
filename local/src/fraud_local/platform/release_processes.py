"""Predictor and transformer of each installed release: kept running, looked at, stopped."""

import json
import sys
import time
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request

from fraud_contract.direct import opener_for
from fraud_contract.errors import MetricsUnreadable
from fraud_contract.metrics.page import RESIDENT, STARTED, Page, parse
from fraud_local.endpoint import LOOPBACK, Endpoint
from fraud_local.environment import predictor_environ, transformer_environ
from fraud_local.platform.installation import InstalledRelease
from fraud_processes.detached import DetachedProcesses
from fraud_processes.program import Program
from fraud_rollout.core.state.observed import Readiness
from fraud_rollout.evidence.endpoint import SYNTHETIC

_TOKEN: Final = "FRAUD_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
_STARTS: Final = 3
"""Starts in a row without getting ready, after which a release is given up."""
_PAUSE: Final = 1.0
"""Seconds before a process that ended is started again."""
_GRACE: Final = 8.0
"""Seconds to end in; no traffic goes there any more."""
_ANSWER: Final = 1.0
_MOST: Final = 4 << 20
"""Bytes of an answer."""
_ALL: Final = 100


class ReleaseProcesses:
    """Runs releases as two processes each; they outlive this object and are found again by another one."""

    def __init__(self, processes: DetachedProcesses, environ: Mapping[str, str], token: str) -> None:
        """`token` opens recent decisions and marks synthetic requests."""
        self._processes = processes
        self._synthetic = {SYNTHETIC: token}
        self._environ = {**environ, _TOKEN: token}
        self._starts: dict[str, int] = {}
        self._started_at: dict[str, float] = {}

    def ensure(self, installed: InstalledRelease) -> None:
        """Have both processes running; what ended is started again, up to `_STARTS` times in a row."""
        for program in self._programs(installed):
            if self._processes.find(program.name) is not None:
                continue
            waited = time.monotonic() - self._started_at.get(program.name, 0.0)
            if self._starts.get(program.name, 0) >= _STARTS or waited < _PAUSE:
                continue
            self._starts[program.name] = self._starts.get(program.name, 0) + 1
            self._started_at[program.name] = time.monotonic()
            self._processes.start(program)

    def readiness(self, installed: InstalledRelease) -> Readiness:
        """How it stands, asked of itself."""
        health = self._answer(f"http://{LOOPBACK}:{installed.http}/health")
        if self._answer(f"http://{LOOPBACK}:{installed.admin}/ready") is not None and health is not None:
            altered = _difference(installed, health)
            for program in self._programs(installed):
                self._starts.pop(program.name, None)
            return Readiness(ready=not altered, carries=_ALL, altered=altered)
        return Readiness(failure=self._failure(installed))

    def running(self, installed: InstalledRelease) -> bool:
        """Whether any of its processes runs."""
        return any(self._processes.find(each.name) for each in self._programs(installed))

    def stop(self, installed: InstalledRelease) -> None:
        """End both, the transformer first."""
        for program in reversed(self._programs(installed)):
            self._processes.stop(program.name, _GRACE)
            self._starts.pop(program.name, None)
            self._started_at.pop(program.name, None)

    def predictor_metrics(self, installed: InstalledRelease) -> Page | None:
        """Start and memory of its predictor; None while it does not answer."""
        content = self._body(f"http://{LOOPBACK}:{installed.predictor_http}/metrics")
        try:
            return None if content is None else parse(content.decode("utf-8", "replace"), (STARTED, RESIDENT))
        except MetricsUnreadable:
            return None

    def _answer(self, url: str) -> Mapping[str, Any] | None:
        """The JSON object at `url`; None unless it answers 200."""
        body = self._body(url)
        try:
            content = None if body is None else json.loads(body)
        except ValueError:
            return None
        return content if isinstance(content, dict) else None

    def _body(self, url: str) -> bytes | None:
        """What `url` answers; None unless it answers 200. The request is marked as synthetic."""
        try:
            request = Request(url, headers=self._synthetic)  # noqa: S310 - our own URL
            with opener_for(url).open(request, timeout=_ANSWER) as response:
                return bytes(response.read(_MOST))
        except (OSError, HTTPException, HTTPError):
            return None

    def _failure(self, installed: InstalledRelease) -> str:
        """Why it will never be ready; the predictor's own words help more than the transformer's."""
        for program in self._programs(installed):
            given_up = self._starts.get(program.name, 0) >= _STARTS
            if given_up and self._processes.find(program.name) is None:
                return f"{program.name} ended {_STARTS} times: {self._processes.last_words(program.name)}"
        return ""

    def _programs(self, installed: InstalledRelease) -> tuple[Program, Program]:
        endpoint = Endpoint(LOOPBACK, installed.http, installed.grpc, installed.admin)
        return (
            Program(
                f"{installed.name}.predictor",
                installed.predictor_command,
                predictor_environ(
                    self._environ, installed.folders, installed.predictor_http, installed.predictor_grpc
                ),
            ),
            Program(
                f"{installed.name}.transformer",
                (sys.executable, "-m", "fraud_transformer"),
                transformer_environ(self._environ, installed.folders, endpoint, installed.predictor_grpc),
            ),
        )


def _difference(installed: InstalledRelease, health: Mapping[str, Any]) -> str:
    """How what answers differs from what was installed."""
    release = installed.release
    expected = (release.name, release.model.digest, release.preprocessor.digest)
    try:
        answers = (health["release"], health["model"]["digest"], health["preprocessor"]["digest"])
    except (KeyError, TypeError):
        return "it does not say which release it is"
    if answers == expected:
        return ""
    return f"{answers[0]} with model {answers[1][:12]} answers on its port"
