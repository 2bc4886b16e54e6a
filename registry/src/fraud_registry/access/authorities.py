"""Certificate authorities besides the public ones, for a registry behind a private one."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import certifi

from fraud_contract.errors import SettingsError

CA_CERTIFICATES: Final = "WANDB_CA_CERTIFICATES"
"""Environment variable: certificates (PEM) to trust besides the public ones. The text itself, no file's name:
an init container may have no volume for them."""
_MOST: Final = 1 << 20


def trust(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables by which OpenSSL, `requests` and wandb-core trust the configured authorities.

    Args:
        environ: where `WANDB_CA_CERTIFICATES` may stand.
        folder: a file with all authorities is written there.

    Raises:
        SettingsError: the text holds no certificate.
    """
    text = environ.get(CA_CERTIFICATES)
    if text is None:
        return {}
    if len(text) > _MOST:
        raise SettingsError(f"{CA_CERTIFICATES} has {len(text)} characters, at most {_MOST} are taken.")
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        raise SettingsError(
            f"{CA_CERTIFICATES} holds no certificate. Give the PEM text with its BEGIN CERTIFICATE line "
            "(chart: registry.ca names the ConfigMap or Secret and its key)."
        ) from None
    bundle = folder / "authorities.pem"
    bundle.write_text(f"{Path(certifi.where()).read_text().rstrip()}\n{text.strip()}\n")
    bundle.chmod(0o600)
    return {"SSL_CERT_FILE": str(bundle), "REQUESTS_CA_BUNDLE": str(bundle)}
