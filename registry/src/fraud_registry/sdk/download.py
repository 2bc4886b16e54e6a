"""The bytes of one pinned version."""

from fraud_contract.errors import ArtifactCorrupt, RegistryUnavailable
from fraud_registry.access.account import Account
from fraud_registry.messages import Download
from fraud_registry.references import Pin
from fraud_registry.sdk.lookup import connect, find, pin_of


def download(account: Account, request: Download) -> Pin:
    """Fill the request's empty folder with the files of the version; the version, pinned.

    Raises:
        NotInRegistry: the version is gone.
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
