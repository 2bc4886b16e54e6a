"""The proxy that a registry is reached through, by the variables that the whole machine heeds."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # not in mypy's stubs

from fraud_contract.direct import is_ours

_NO_PROXY: Final = ("no_proxy", "NO_PROXY")


def is_exempt(url: str, environ: Mapping[str, str]) -> bool:
    """Whether NO_PROXY names the host of `url`."""
    exceptions = next((environ[name] for name in _NO_PROXY if environ.get(name)), "")
    return bool(proxy_bypass_environment(urlsplit(url).netloc, {"no": exceptions}))


def proxy_of(url: str, environ: Mapping[str, str]) -> str:
    """Host and port of the proxy before `url`, without a login; empty where it is reached direct."""
    if is_ours(url) or is_exempt(url, environ):
        return ""
    scheme = urlsplit(url).scheme
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    return place_of(next((environ[name] for name in names if environ.get(name)), ""))


def place_of(proxy: str) -> str:
    """Host and port of a proxy's address, without a login; empty if it is no address."""
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname}{port}" if parts.hostname else ""
