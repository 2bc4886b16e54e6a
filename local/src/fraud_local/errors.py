"""What can go wrong on this machine while a release runs, besides the errors of its processes.

```
LocalError
├── AlreadyRunning
├── ProxyAway
├── ProxyMissing
└── NotMoved
```
"""

from fraud_processes.errors import LocalError


class AlreadyRunning(LocalError):
    """The same command runs in the same workspace."""

    code = "already_running"


class ProxyAway(LocalError):
    """The proxy before the releases does not run or does not answer."""

    code = "proxy_away"


class ProxyMissing(LocalError):
    """Envoy is not installed on this machine."""

    code = "proxy_missing"


class NotMoved(LocalError):
    """What is in production was to change, and that was refused: it is as it was."""

    code = "not_moved"
