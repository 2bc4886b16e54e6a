"""Calls between our own processes go direct, whatever proxy variables the environment holds.

A proxy is for the way out, to hosted W&B. A shell's HTTP_PROXY must not come between a process and the one
beside it, on one machine or in one cluster.
"""

from collections.abc import Mapping
from functools import cache
from ipaddress import ip_address
from ssl import SSLContext, create_default_context
from typing import Final
from urllib.parse import urlsplit
from urllib.request import BaseHandler, HTTPSHandler, OpenerDirector, ProxyHandler, build_opener

_VARIABLES: Final = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "GRPC_PROXY"})
"""In upper or lower case; libraries differ in which they read."""


def is_ours(url: str) -> bool:
    """Whether `url` leads to this machine or to a Service of this cluster, and so to a process of ours.

    That is a loopback address, `localhost`, a name without a dot, or one below `.svc`.
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        labels = host.split(".")
        return len(labels) == 1 or labels[-1] == "localhost" or "svc" in labels[1:]


def opener_for(url: str, *handlers: BaseHandler) -> OpenerDirector:
    """What opens `url`: direct if it is ours, else as the environment's proxy variables say."""
    proxies = (ProxyHandler({}),) if is_ours(url) else ()
    # Without TLS only a redirect needs authorities, and to read them takes 30 ms of a core. With it they are
    # read each time, since their file may have been renewed.
    tls = () if urlsplit(url).scheme == "https" else (HTTPSHandler(context=_authorities()),)
    return build_opener(*proxies, *tls, *handlers)


@cache
def _authorities() -> SSLContext:
    return create_default_context()


def without_proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a process that speaks to ours alone."""
    return {name: value for name, value in environ.items() if name.upper() not in _VARIABLES}
