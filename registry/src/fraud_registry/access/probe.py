"""Is the registry there, and does it take the key?"""

from typing import Final

from pydantic import BaseModel

from fraud_contract.errors import SettingsError
from fraud_registry.access.account import Account
from fraud_registry.access.graphql import TIMEOUT, query, refused

VIEWER: Final = "query Viewer { viewer { id entity } }"


class _Viewer(BaseModel):
    entity: str | None = None


class _Data(BaseModel):
    viewer: _Viewer | None


class _Answer(BaseModel):
    data: _Data


def default_entity(account: Account, timeout: float = TIMEOUT) -> str | None:
    """The entity that the account's key belongs to, if it has one.

    Raises:
        RegistryUnauthorized: the key was refused.
        RegistryUnavailable: no answer within `timeout` seconds, or an answer that is none of W&B's.
    """
    viewer = query(account, VIEWER, {}, _Answer, timeout).data.viewer
    if viewer is None:
        raise refused(account)
    return viewer.entity


def with_entity(account: Account) -> Account:
    """The account with the entity that counts: the given one, else the key's.

    Raises:
        SettingsError: there is neither.
        RegistryError: as `default_entity` does, which is asked in any case.
    """
    own = default_entity(account)
    entity = account.entity or own
    if entity is None:
        raise SettingsError("The W&B key belongs to no entity. Set WANDB_ENTITY to your team or user name.")
    return account.model_copy(update={"entity": entity})
