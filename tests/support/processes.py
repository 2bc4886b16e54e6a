"""Real server processes on free ports."""

import contextlib
import itertools
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from fraud_processes.ports import is_free
from fraud_processes.program import Program, start_piped, tied


def own_ports(worker: str) -> range:
    """Ports that no other worker's tests take, none of which the system gives to whoever asks for any.

    Even ones: an endpoint takes its further ports at odd distances from the one it was given.
    """
    first = 20_000 + 2_000 * (int(worker.removeprefix("gw")) % 6)
    return range(first, first + 2_000, 2)


_own = own_ports(os.environ.get("PYTEST_XDIST_WORKER", "gw0"))
# In any order, since a process that a test starts may ask as well.
_untried = itertools.cycle(random.sample(_own, len(_own)))


def free_port() -> int:
    """A TCP port that nobody listens on, not even a process that another worker is about to start."""
    return next(port for port in _untried if is_free(port, "127.0.0.1"))


@dataclass
class Process:
    """A server process and where it answers."""

    popen: subprocess.Popen[str]
    http_port: int
    grpc_port: int
    admin_port: int

    @property
    def url(self) -> str:
        """Base address of the public routes."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def ready_url(self) -> str:
        """What answers 200 once it is ready."""
        return f"http://127.0.0.1:{self.admin_port}/ready"

    def wait_ready(self, seconds: float = 240) -> None:
        """Return once it is ready; fail where it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.popen.poll() is not None:
                raise AssertionError(f"ended with {self.popen.returncode}: {self.popen.communicate()[1]}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(self.ready_url, timeout=60).status_code == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"not ready within {seconds} s")

    def stop(self) -> int:
        """Exit status after SIGTERM."""
        self.popen.terminate()
        self.popen.communicate(timeout=300)
        return self.popen.returncode


Pair = tuple[Process, Process]
"""Predictor and transformer."""
Start = Callable[..., Process]


def _start(module: str, **settings: object) -> Process:
    ports = {"HTTP_PORT": free_port(), "GRPC_PORT": free_port(), "ADMIN_PORT": free_port()}
    ports |= {name: int(str(value)) for name, value in settings.items() if name in ports}
    admin = {} if module == "fraud_predictor" else {"ADMIN_PORT": ports["ADMIN_PORT"]}
    own = {
        "HOST": "127.0.0.1",
        "HTTP_PORT": ports["HTTP_PORT"],
        "GRPC_PORT": ports["GRPC_PORT"],
        **admin,
        **settings,
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("FRAUD_")}
    environ = clean | {f"FRAUD_{name}": str(value) for name, value in own.items()}
    popen = start_piped(tied(Program(module, (sys.executable, "-m", module), environ)))
    admin_port = ports["HTTP_PORT"] if module == "fraud_predictor" else ports["ADMIN_PORT"]
    return Process(popen, ports["HTTP_PORT"], ports["GRPC_PORT"], admin_port)


@contextlib.contextmanager
def started() -> Iterator[Start]:
    """A function that starts processes, which end with the context."""
    running: list[Process] = []

    def start(module: str, **settings: object) -> Process:
        running.append(_start(module, **settings))
        return running[-1]

    try:
        yield start
    finally:
        for process in reversed(running):
            with process.popen:
                process.popen.kill()
