"""A TLS certificate on disk, taken up anew when it is renewed there."""

import asyncio
import logging
import ssl
import threading
from pathlib import Path
from typing import Final, Self

import grpc

from fraud_contract.errors import SettingsError

_log = logging.getLogger(__name__)

_INTERVAL: Final = 1.0
"""Seconds between two looks at the files. They are read whole, since Kubernetes renews a mounted secret by
turning a link, which neither file watches nor, within a second, times of change show."""


class Certificate:
    """Certificate chain and private key, both PEM, for HTTP and gRPC."""

    def __init__(self, chain: Path, key: Path) -> None:
        self._chain = chain
        self._key = key
        self._pair = self._read()
        self._shown = self._pair
        """What gRPC was given last."""
        self._lock = threading.Lock()
        self._require_match()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        """For HTTP; handshakes after a renewal show the new certificate."""
        _load(self.context, chain, key)

    @classmethod
    def at(cls, chain: Path | None, key: Path | None) -> Self | None:
        """The certificate in the files that the settings name; None where they name none.

        Raises:
            SettingsError: only one is named, one cannot be read, or they are no pair.
        """
        if chain is None and key is None:
            return None
        if chain is None or key is None:
            raise SettingsError("FRAUD_TLS_CERT and FRAUD_TLS_KEY go together. Set both, or neither.")
        try:
            return cls(chain, key)
        except OSError as error:  # ssl.SSLError is one
            reason = error.strerror if error.filename else "it is no PEM certificate with its own key"
            raise SettingsError(
                f"Cannot use the certificate {chain} with the key {key}: {reason}. "
                "Set FRAUD_TLS_CERT and FRAUD_TLS_KEY to a matching pair of PEM files."
            ) from None

    def grpc_credentials(self) -> grpc.ServerCredentials:
        """For gRPC; asked at each handshake, so that a renewal shows there too."""
        self._shown = self._pair
        return grpc.dynamic_ssl_server_credentials(self._grpc_configuration(), self._grpc_renewal)

    async def follow(self) -> None:
        """Take up what is renewed, until cancelled; a pair that does not fit leaves the old one in use."""
        while True:
            await asyncio.sleep(_INTERVAL)
            try:
                self._renew()
            except OSError as error:
                _log.warning("The renewed certificate %s is not usable yet: %s", self._chain, error.strerror)

    def _renew(self) -> None:
        pair = self._read()
        if pair == self._pair:
            return
        self._require_match()  # in a context of its own: a half-renewed pair must not spoil the one in use
        _load(self.context, self._chain, self._key)
        self._pair = pair
        _log.info("Took up the renewed certificate %s", self._chain)

    def _read(self) -> tuple[bytes, bytes]:
        """Key and chain, in gRPC's order."""
        return self._key.read_bytes(), self._chain.read_bytes()

    def _require_match(self) -> None:
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self._chain, self._key)

    def _grpc_renewal(self) -> grpc.ServerCertificateConfiguration | None:
        """What is to be shown from now on; None for what is shown already.

        gRPC's threads ask. Given a configuration at each handshake, grpcio 1.85 frees one too often where
        many shake hands at once, and the process aborts.
        """
        with self._lock:
            if self._shown == self._pair:
                return None
            self._shown = self._pair
            return self._grpc_configuration()

    def _grpc_configuration(self) -> grpc.ServerCertificateConfiguration:
        return grpc.ssl_server_certificate_configuration([self._pair])


def _load(context: ssl.SSLContext, chain: Path, key: Path) -> None:
    # A password of our own, since for an encrypted key OpenSSL asks a person: on a terminal it waits for one,
    # and so would everybody.
    context.load_cert_chain(chain, key, password="")
