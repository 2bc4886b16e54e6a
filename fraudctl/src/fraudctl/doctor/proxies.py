"""Looks at the proxy variables of the shell, and whom they affect."""

from collections.abc import Iterator, Mapping
from socket import create_connection
from typing import Final
from urllib.parse import urlsplit

from fraud_contract.direct import is_ours
from fraud_contract.errors import SettingsError
from fraud_local.workspace import Workspace
from fraud_registry.access.account import configured
from fraud_registry.access.proxy import is_exempt, place_of, proxy_of
from fraudctl.doctor.finding import Finding, Status

_PORT: Final = 80
"""Of a proxy whose address names none."""
_PATIENCE: Final = 5.0
"""Seconds for a proxy to take a connection."""
_SCHEMES: Final = ("http", "https", "all")
_OURS: Final = "the embedded registry and our own processes are reached direct"


def proxies(environ: Mapping[str, str], workspace: Workspace) -> Finding:
    """Which are set, and does the way to the registry go through one?"""
    given = {name: environ[name] for name in _names() if environ.get(name)}
    if not given:
        return Finding("proxy", Status.OK, "none set")
    problem = next(_problems(given), None)
    if problem is not None:
        return Finding("proxy", Status.WARN, *problem)
    url = _registry(environ, workspace)
    if url is None or is_ours(url):
        return Finding("proxy", Status.OK, f"{', '.join(given)} set, not used: {_OURS}")
    parts = urlsplit(url)
    if is_exempt(url, environ):
        return Finding("proxy", Status.OK, f"{parts.netloc} is in NO_PROXY and reached direct")
    proxy = proxy_of(url, environ)
    if proxy:
        return _through(parts.netloc, proxy)
    wanted = f"{parts.scheme.upper()}_PROXY"
    return Finding(
        "proxy",
        Status.WARN,
        f"{', '.join(given)} set, but no {wanted}: {parts.netloc} is tried direct",
        f"Set {wanted}, or add the host to NO_PROXY if it is to be direct",
    )


def _names() -> Iterator[str]:
    for scheme in _SCHEMES:
        yield f"{scheme.upper()}_PROXY"
        yield f"{scheme}_proxy"


def _problems(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for scheme in _SCHEMES:
        upper, lower = f"{scheme.upper()}_PROXY", f"{scheme}_proxy"
        if upper in given and lower in given and given[upper] != given[lower]:
            yield f"{upper} and {lower} differ, and programs differ in which they read", "Give both one value"
    for name, value in given.items():
        if not place_of(value):
            yield f"{name} is no address of a proxy", f"Write {name}=http://HOST:PORT, or unset it"


def _through(registry: str, proxy: str) -> Finding:
    parts = urlsplit(f"//{proxy}")
    try:
        with create_connection((parts.hostname, parts.port or _PORT), _PATIENCE):
            return Finding("proxy", Status.OK, f"{registry} is reached through {proxy}; {_OURS}")
    except OSError as error:
        return Finding(
            "proxy",
            Status.WARN,
            f"{registry} is to be reached through {proxy}, which takes no connections "
            f"({error.strerror or 'no answer'})",
            "Mend HTTPS_PROXY, or put the host into NO_PROXY",
        )


def _registry(environ: Mapping[str, str], workspace: Workspace) -> str | None:
    try:
        account = configured(environ, workspace.dotenv).account
    except SettingsError:
        return None  # a finding of its own
    return account.base_url if account else None
