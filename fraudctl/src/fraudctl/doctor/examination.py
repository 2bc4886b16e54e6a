"""All looks at this machine, one after the other."""

from pathlib import Path
from tempfile import gettempdir

from fraud_local.endpoint import Listening
from fraudctl.doctor.finding import Finding
from fraudctl.doctor.machine import data, disks, packages, ports, python
from fraudctl.doctor.proxies import proxies
from fraudctl.doctor.registry import registry
from fraudctl.doctor.settings import settings
from fraudctl.run import Run


def examine(run: Run, listening: Listening) -> tuple[Finding, ...]:
    """Every finding, the plainest first; the ports are those that `demo` and `serve` would open now."""
    return (
        python(),
        packages(),
        data(),
        *disks(run.workspace.root, Path(gettempdir())),
        settings(run.environ),
        *ports(listening),
        proxies(run.environ, run.workspace),
        *registry(run.workspace, run.environ),
    )
