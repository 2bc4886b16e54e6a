"""Headers as pairs and as lines, and heads that this server and a proxy before it could read differently."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

type Header = tuple[bytes, bytes]

_VERSIONS: Final = frozenset({"1.0", "1.1"})
_TARGET: Final = re.compile(rb'[!"$-~]+')
"""Printable, without the `#` of a fragment."""
_ABSOLUTE: Final = re.compile(rb"(?i)https?://([^/?]+)")
HOST: Final = re.compile(rb"(?=.{0,255}\Z)(?:[A-Za-z0-9._~%!$&'()*+;=-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
"""A name or an address (IPv6 in brackets), and perhaps a port."""
_CHUNKED: Final = b"chunked"
_HIDDEN: Final = re.compile(rb"%(?:[01][0-9a-fA-F]|7[fF]|2[fF]|5[cC])")
"""A control character, a slash or a backslash that is spelt out in a path: some read it as what it spells,
and take the path for another."""


class AmbiguousHead(Exception):
    """A head that RFC 9112 wants refused, or that names a path in disguise."""


def lines_of(headers: Iterable[Header]) -> bytes:
    """Headers as they are sent, each with the end of its line."""
    return b"".join([b"%b: %b\r\n" % each for each in headers])


def require_unambiguous(version: str, target: bytes, headers: Sequence[Header]) -> None:
    """Return for a head, of lower-case `headers`, that everybody reads alike.

    Raises:
        AmbiguousHead: another version than HTTP/1.0 or 1.1; a host that is missing (in 1.1), doubled, none,
            or another than the target's; a target with bytes that are not printable, or with control
            characters or slashes spelt out; a transfer coding besides `chunked`, which would be dropped, or
            one in 1.0.
    """
    hosts = [value for name, value in headers if name == b"host"]
    codings = [value.lower() for name, value in headers if name == b"transfer-encoding"]
    if (
        version not in _VERSIONS
        or len(hosts) > 1
        or (version == "1.1" and not hosts)
        or not all(map(HOST.fullmatch, hosts))
        or not _TARGET.fullmatch(target)
        or not _names(target, hosts)
        or _HIDDEN.search(target.partition(b"?")[0])
        or (codings and (version != "1.1" or codings != [_CHUNKED]))
    ):
        raise AmbiguousHead


def _names(target: bytes, hosts: Sequence[bytes]) -> bool:
    """Whether the target is a path, or has the one host that the headers name, if they do."""
    if target.startswith(b"/") or target == b"*":
        return True
    named = _ABSOLUTE.match(target)
    return (
        named is not None
        and HOST.fullmatch(named[1]) is not None
        and all(named[1].lower() == host.lower() for host in hosts)
    )
