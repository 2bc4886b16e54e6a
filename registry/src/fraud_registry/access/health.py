"""What a registry says of itself: its clock, and whether it takes anything."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from pydantic import BaseModel, Field

from fraud_registry.access.account import Account
from fraud_registry.access.graphql import date_of, query
from fraud_registry.access.probe import VIEWER, with_entity

_READ_ONLY = """
query IsProjectReadOnly($entity: String!, $project: String!) {
  project(entityName: $entity, name: $project) { readOnly }
}
"""


class _Project(BaseModel):
    read_only: bool = Field(alias="readOnly")


class _Data(BaseModel):
    project: _Project | None


class _Answer(BaseModel):
    data: _Data


def clock_difference(account: Account) -> timedelta | None:
    """How far this machine's clock is ahead of the registry's, to a second or two; None where it shows none.

    Raises:
        RegistryError: it refused or went away.
    """
    before = datetime.now(UTC)
    date = date_of(account, VIEWER)
    middle = before + (datetime.now(UTC) - before) / 2
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return middle - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))


def is_read_only(account: Account) -> bool | None:
    """Whether the account's project takes nothing, as one does whose storage is used up; None: not made yet.

    Raises:
        RegistryError: it refused or went away; `RegistryUnavailable` says so where its quota is used up.
    """
    account = with_entity(account)
    variables = {"entity": account.entity, "project": account.project}
    project = query(account, _READ_ONLY, variables, _Answer).data.project
    return None if project is None else project.read_only
