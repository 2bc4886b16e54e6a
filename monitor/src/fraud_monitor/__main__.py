"""`python -m fraud_monitor`: watches the releases of a cluster; the W&B account is the environment's."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fraud_contract.errors import FraudError, SettingsError
from fraud_monitor.process import run_until_ended
from fraud_monitor.settings import MonitorSettings
from fraud_registry.access.account import API_KEY, Account, read_account


def main() -> int:
    """Watch until SIGTERM; 1 where the settings are refused."""
    try:
        account = read_account(os.environ)
        if account is None:
            raise SettingsError(f"The monitor has no W&B account: set {API_KEY}, or FRAUD_MONITOR_WANDB=off.")
        settings = MonitorSettings.read()
    except FraudError as error:
        sys.stderr.write(f"error: {error.message}\n")
        return 1

    @contextmanager
    def constant() -> Iterator[Account]:
        yield account

    run_until_ended(settings, constant)
    return 0


if __name__ == "__main__":
    sys.exit(main())
