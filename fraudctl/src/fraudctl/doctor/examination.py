"""All looks at this machine, one after the other."""

import os

from fraud_local.endpoint import LOOPBACK
from fraud_local.workspace import Workspace
from fraudctl.doctor.finding import Finding
from fraudctl.doctor.machine import data, disk, packages, ports, python
from fraudctl.doctor.registry import registry


def examine() -> tuple[Finding, ...]:
    """Every finding, the plainest first."""
    workspace = Workspace.find(os.environ)
    host = os.environ.get("FRAUDCTL_HOST", LOOPBACK)
    return (
        python(),
        packages(),
        data(),
        disk(workspace.root),
        *ports(host),
        *registry(workspace, os.environ),
    )
