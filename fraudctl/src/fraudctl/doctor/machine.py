"""Looks at Python, packages, data, ports and disk."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fraud_local.endpoint import Listening
from fraud_local.workspace import HOME
from fraud_processes.ports import is_free, owner
from fraud_simulator.payments import SAMPLE
from fraudctl.doctor.finding import Finding, Status

OLDEST, BEYOND = (3, 12), (3, 14)
PACKAGES: Final = (
    "fraud_contract",
    "fraud_predictor",
    "fraud_registry",
    "fraud_standalone",
    "fraud_training",
    "fraud_transformer",
    "wandb_local",
    "kserve",
    "sklearn",
    "skops",
    "wandb",
    "xgboost",
)
_MEBI: Final = 1 << 20
_ENOUGH: Final = 1024
"""MiB: dozens of trainings and releases."""
_LEAST: Final = 100
"""MiB: one training with its artifacts, in the registry and in the cache."""


def python() -> Finding:
    """Is this Python one that KServe and the libraries run on?"""
    found = f"{platform.python_version()} at {sys.executable}"
    if OLDEST <= sys.version_info[:2] < BEYOND:
        return Finding("python", Status.OK, found)
    return Finding("python", Status.FAIL, found, "Use Python 3.12 or 3.13: make install PYTHON=python3.13")


def packages() -> Finding:
    """Is everything installed that training and serving import?"""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if not missing:
        return Finding("packages", Status.OK, f"{len(PACKAGES)} found")
    return Finding("packages", Status.FAIL, f"missing: {', '.join(missing)}", "Run: make install")


def data() -> Finding:
    """Is the held-back traffic there?"""
    if SAMPLE.is_file():
        return Finding("data", Status.OK, str(SAMPLE))
    return Finding(
        "data", Status.WARN, f"no {SAMPLE}", "Run from a checkout; demo and simulate need its data"
    )


def ports(listening: Listening) -> Iterator[Finding]:
    """Which of the ports that `demo` and `serve` would open are free?"""
    for port in listening.planned():
        name = f"port {port.number}"
        if is_free(port.number, listening.host):
            yield Finding(name, Status.OK, f"free ({port.purpose})")
            continue
        found = owner(port.number)
        by = f" by pid {found.pid} ({found.name})" if found else ""
        advice = f"Stop it. {port.advice}" if port.chosen else _AUTOMATIC
        yield Finding(name, Status.WARN, f"in use{by} ({port.purpose})", advice)


_AUTOMATIC: Final = "Nothing: demo and serve take another by themselves"


def disks(root: Path, temporary: Path) -> Iterator[Finding]:
    """Is there room where artifacts are kept, and where W&B's SDK works?"""
    yield disk(root)
    if temporary.stat().st_dev != root.stat().st_dev:
        yield disk(temporary, "temporary folder", "Make room there, or name another in TMPDIR")


def disk(
    root: Path, check: str = "disk", advice: str = "Make room; old trainings are in var/trained"
) -> Finding:
    """Can it be written to, and is there room for artifacts?"""
    if not os.access(root, os.W_OK):
        return Finding(
            check, Status.FAIL, f"{root} cannot be written to", f"Change its owner or mode, or set {HOME}"
        )
    free = shutil.disk_usage(root).free // _MEBI
    found = f"{free:,} MiB free at {root}"
    if free >= _ENOUGH:
        return Finding(check, Status.OK, found)
    status = Status.WARN if free >= _LEAST else Status.FAIL
    return Finding(check, status, found, advice)
