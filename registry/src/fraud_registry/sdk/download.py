"""The bytes of one pinned version."""

import wandb

from fraud_contract.errors import ArtifactCorrupt, RegistryUnavailable
from fraud_registry.access.account import Account
from fraud_registry.messages import Download
from fraud_registry.records.metadata import unusable
from fraud_registry.references import Pin
from fraud_registry.sdk.lookup import connect, find, pin_of


def download(account: Account, request: Download) -> Pin:
    """Fill the request's empty folder with the files of the version; the version, pinned.

    Raises:
        NotInRegistry: the version is gone.
        UnusableInRegistry: it has more files or bytes than are taken.
        ArtifactCorrupt: the version is not what was pinned, or a file is not what the registry says.
        RegistryUnavailable: the transfer broke off.
    """
    artifact = find(connect(account), account, request.reference)
    pin = pin_of(artifact)
    if request.registry_digest not in {None, pin.registry_digest}:
        raise ArtifactCorrupt(
            f"{pin.uri} has digest {pin.registry_digest} at {account.host}; "
            f"pinned was {request.registry_digest}. "
            "Somebody replaced the version: resolve and test it anew."
        )
    _require_affordable(artifact, request, pin)
    try:
        # skip_cache would let the SDK take a file of another version that has the same size.
        artifact.download(root=request.folder, skip_cache=False)
        artifact.verify(root=str(request.folder))
    except OSError as error:  # requests' errors among them, which have no strerror
        reason = f" ({error.strerror})" if error.strerror else ""
        raise RegistryUnavailable(f"The download of {pin.uri} broke off{reason}. Try again.") from None
    except ValueError:
        raise ArtifactCorrupt(
            f"The download of {pin.uri} differs from what {account.host} says of it. Fetch it again."
        ) from None
    return pin


def _require_affordable(artifact: wandb.Artifact, request: Download, pin: Pin) -> None:
    """By what the registry says of the version, before anything is fetched."""
    for count, most, kind in (
        (artifact.file_count, request.max_files, "files"),
        (artifact.size, request.max_bytes, "bytes"),
    ):
        if most is not None and count > most:
            raise unusable(pin.uri, f"it has {count} {kind}, at most {most} are taken")
