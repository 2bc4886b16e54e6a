"""`python -m fraud_monitor`: watches the releases of a cluster; the W&B account is the environment's."""

import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

from fraud_contract.errors import FraudError, SettingsError
from fraud_contract.plain_text import plain
from fraud_monitor.process import run_until_ended
from fraud_monitor.settings import MonitorSettings
from fraud_registry.access.account import API_KEY, read_account
from fraud_registry.access.authorities import trust


def main() -> int:
    """Watch until SIGTERM; 1 where the settings are refused."""
    try:
        os.environ.update(trust(os.environ, Path(tempfile.gettempdir())))
        account = read_account(os.environ)
        if account is None:
            raise SettingsError(f"The monitor has no W&B account: set {API_KEY}.")
        settings = MonitorSettings.read()
        run_until_ended(settings, lambda: nullcontext(account))
    except FraudError as error:
        sys.stderr.write(f"error: {plain(error.message)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
