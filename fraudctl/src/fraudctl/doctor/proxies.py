"""Looks at the proxy variables of the shell, and whom they affect."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # not in mypy's stubs

from fraud_contract.direct import is_ours
from fraud_contract.errors import SettingsError
from fraud_local.workspace import Workspace
from fraud_registry.access.account import configured
from fraudctl.doctor.finding import Finding, Status

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
    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if proxy_bypass_environment(parts.hostname or "", {"no": exceptions}):
        return Finding("proxy", Status.OK, f"{parts.netloc} is in NO_PROXY and reached direct")
    proxy = environ.get(f"{parts.scheme}_proxy") or environ.get(f"{parts.scheme.upper()}_PROXY")
    if proxy:
        found = f"{parts.netloc} is reached through {_place(proxy)}; {_OURS}"
        return Finding("proxy", Status.OK, found)
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
        if not _place(value):
            yield f"{name} is no address of a proxy", f"Write {name}=http://HOST:PORT, or unset it"


def _place(proxy: str) -> str:
    """Host and port, without a login; empty if it is no address."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname}{port}" if parts.hostname else ""


def _registry(environ: Mapping[str, str], workspace: Workspace) -> str | None:
    try:
        account = configured(environ, workspace.dotenv).account
    except SettingsError:
        return None  # a finding of its own
    return account.base_url if account else None
