"""What can go wrong on this machine while a release runs, besides the errors of the contract.

```
FraudError
└── LocalError
    ├── PortInUse
    ├── AlreadyRunning
    ├── ProcessFailed
    ├── ProxyAway
    ├── ProxyMissing
    └── NotMoved
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


class ProxyAway(LocalError):
    """The proxy before the releases does not run or does not answer."""

    code = "proxy_away"


class ProxyMissing(LocalError):
    """Envoy is not installed on this machine."""

    code = "proxy_missing"


class NotMoved(LocalError):
    """What is in production was to change, and that was refused: it is as it was."""

    code = "not_moved"
