"""All looks at this machine, one after the other."""

import os

from fraud_rollout.doctor.finding import Finding
from fraud_rollout.doctor.machine import data, disk, packages, ports, python
from fraud_rollout.doctor.registry import registry
from fraud_rollout.local.endpoint import LOOPBACK
from fraud_rollout.local.workspace import Workspace


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
