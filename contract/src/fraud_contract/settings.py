"""Settings of a process: read once from the environment, strict, frozen."""

import os
from typing import Final, Self

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from fraud_contract.errors import SettingsError

PREFIX: Final = "FRAUD_"


def variable(*path: str | int) -> str:
    """The environment variable of the setting at `path`: `FRAUD_<FIELD>`."""
    return f"{PREFIX}{'_'.join(map(str, path))}".upper()


class Settings(BaseSettings):
    """Base of every process's settings: `FRAUD_<FIELD>` in the environment, unknown `FRAUD_*` refused."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    @classmethod
    def read(cls) -> Self:
        """Settings from the environment.

        Raises:
            SettingsError: a variable is unknown, missing or has an impossible value; all are named.
        """
        known = set(map(variable, cls.model_fields))
        unknown = sorted(
            name for name in os.environ if name.upper().startswith(PREFIX) and name.upper() not in known
        )
        if unknown:
            raise SettingsError(
                f"Unknown setting {', '.join(unknown)}. Known here: {', '.join(sorted(known))}."
            )
        try:
            return cls()
        except ValidationError as error:
            problems = (f"{variable(*each['loc'])}: {each['msg']}" for each in error.errors())
            raise SettingsError("Settings refused. " + "; ".join(problems)) from None
