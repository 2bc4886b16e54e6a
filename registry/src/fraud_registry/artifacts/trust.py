"""Which signatures count, in the processes that fetch artifacts for others to serve."""

from collections.abc import Mapping
from typing import Final

from pydantic import TypeAdapter, ValidationError

from fraud_contract.artifacts.signatures import TrustedKeys
from fraud_contract.errors import SettingsError
from fraud_contract.settings import require_filled, variable
from fraud_contract.validation import problem

TRUSTED_KEYS: Final = variable("trusted_keys")
"""The setting of the serving processes, which fetching ones heed as well."""
_KEYS: Final[TypeAdapter[str]] = TypeAdapter(TrustedKeys)


def trusted_keys(environ: Mapping[str, str]) -> TrustedKeys | None:
    """The public keys in the environment; None where none are configured.

    Raises:
        SettingsError: what is given is no public key.
    """
    # In any case, as the serving processes read it: a key that was missed would let everything pass.
    given = {name.upper(): value for name, value in environ.items()}
    text = given.get(TRUSTED_KEYS)
    if text is None:
        return None
    require_filled({TRUSTED_KEYS: text})
    try:
        return _KEYS.validate_python(text)
    except ValidationError as error:
        raise SettingsError(f"Settings refused. {TRUSTED_KEYS}: {problem(error.errors()[0])}") from None
