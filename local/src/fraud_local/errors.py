"""What can go wrong on this machine while a release runs, besides the errors of the contract.

```
FraudError
└── LocalError
    ├── PortInUse
    ├── AlreadyRunning
    └── ProcessFailed
```
"""

from fraud_contract.errors import FraudError


class LocalError(FraudError):
    """This machine is not as it should be."""

    code = "local"


class PortInUse(LocalError):
    """Another process listens on the port."""

    code = "port_in_use"


class AlreadyRunning(LocalError):
    """The same command runs in the same workspace."""

    code = "already_running"


class ProcessFailed(LocalError):
    """A process did not start, did not get ready in time, or ended by itself."""

    code = "process_failed"
