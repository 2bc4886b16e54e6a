"""All looks at this machine, one after the other."""

from fraud_local.endpoint import Listening
from fraudctl.doctor.finding import Finding
from fraudctl.doctor.machine import data, disk, packages, ports, python
from fraudctl.doctor.registry import registry
from fraudctl.doctor.settings import settings
from fraudctl.run import Run


def examine(run: Run, listening: Listening) -> tuple[Finding, ...]:
    """Every finding, the plainest first; the ports are those that `demo` and `serve` would open now."""
    return (
        python(),
        packages(),
        data(),
        disk(run.workspace.root),
        settings(run.environ),
        *ports(listening),
        *registry(run.workspace, run.environ),
    )
