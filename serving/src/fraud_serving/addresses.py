"""Listening sockets, opened by ourselves so that a busy port is reported before anything else starts."""

import socket

from fraud_contract.errors import SettingsError


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A bound TCP socket.

    Raises:
        SettingsError: the port is taken or the host is none of this machine's; names `setting`.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Cannot listen on {host}:{port}: {error.strerror}. "
            f"Stop what uses the port, or choose another with {setting}."
        ) from None
    return listener
