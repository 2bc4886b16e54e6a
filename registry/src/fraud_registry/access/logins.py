"""What `wandb login` left on this machine: a key for a host in the file `.netrc`."""

from collections.abc import Mapping
from contextlib import suppress
from netrc import NetrcParseError, netrc
from pathlib import Path

from fraud_contract.errors import SettingsError


def netrc_path(environ: Mapping[str, str]) -> Path:
    """The file that W&B's SDK would read: NETRC's, else `.netrc` or `_netrc` in the home folder."""
    if environ.get("NETRC"):
        return Path(environ["NETRC"]).expanduser()
    home = Path(environ.get("HOME") or "~")
    with suppress(RuntimeError):  # neither HOME nor a home folder, as in some containers
        home = home.expanduser()
    plain, windows = home / ".netrc", home / "_netrc"
    return windows if windows.is_file() and not plain.is_file() else plain


def login(host: str, environ: Mapping[str, str]) -> str | None:
    """The key for `host`; None where there is no login.

    Raises:
        SettingsError: the file names the host and cannot be understood, or holds no key for it.
    """
    path = netrc_path(environ)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError):
        return None
    if host not in text:
        return None
    try:
        entry = netrc(str(path)).hosts.get(host)
    except NetrcParseError as error:
        raise SettingsError(f"{path} cannot be understood: {error.msg} in line {error.lineno}.") from None
    if entry is None:
        return None
    if not entry[2]:
        raise SettingsError(f"{path} names {host} without a key. Run `wandb login` again.")
    return entry[2]
