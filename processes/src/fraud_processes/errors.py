"""What can go wrong with processes of this machine.

```
FraudError
└── LocalError
    ├── PortInUse
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


class ProcessFailed(LocalError):
    """A process did not start, did not get ready in time, or ended by itself."""

    code = "process_failed"
