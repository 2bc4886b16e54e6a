"""The bytes of one pinned version."""

from fraud_contract.errors import ArtifactCorrupt, RegistryUnavailable
from fraud_registry.account import Account
from fraud_registry.messages import Download
from fraud_registry.references import Pin
from fraud_registry.sdk.lookup import connect, find


def download(account: Account, request: Download) -> Pin:
    """Fill the request's empty folder with the files of its pin.

    Raises:
        NotInRegistry: the version is gone.
        ArtifactCorrupt: the version is not what was pinned, or a file is not what the registry says.
        RegistryUnavailable: the transfer broke off.
    """
    pin = request.pin
    artifact = find(connect(account), account, pin.reference)
    if artifact.digest != pin.registry_digest:
        raise ArtifactCorrupt(
            f"{pin.uri} has digest {artifact.digest} at {account.host}; pinned was {pin.registry_digest}. "
            "Somebody replaced the version: resolve and test it anew."
        )
    try:
        # skip_cache would let the SDK take a file of another version that has the same size.
        artifact.download(root=request.folder, skip_cache=False)
        artifact.verify(root=str(request.folder))
    except OSError:  # requests' errors among them
        raise RegistryUnavailable(f"The download of {pin.uri} broke off. Try again.") from None
    except ValueError:
        raise ArtifactCorrupt(
            f"The download of {pin.uri} differs from what {account.host} says of it. Fetch it again."
        ) from None
    return pin
