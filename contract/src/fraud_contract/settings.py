"""Settings of a process: read once from the environment, strict, frozen."""

import os
from collections.abc import Iterable, Mapping
from typing import Final, Self

from pydantic import ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from fraud_contract.errors import SettingsError
from fraud_contract.validation import problem

PREFIX: Final = "FRAUD_"


def variable(*path: str | int) -> str:
    """The environment variable of the setting at `path`: `FRAUD_<FIELD>`."""
    return f"{PREFIX}{'_'.join(map(str, path))}".upper()


def is_setting(name: str) -> bool:
    """Whether an environment variable is a setting of ours; upper and lower case are alike."""
    return name.upper().startswith(PREFIX)


def require_known(environ: Mapping[str, str], known: Iterable[str]) -> None:
    """Raise `SettingsError`, naming each, where `environ` holds a `FRAUD_*` that is not among `known`."""
    allowed = set(known)
    unknown = sorted(name for name in environ if is_setting(name) and name.upper() not in allowed)
    if unknown:
        raise SettingsError(
            f"Unknown setting {', '.join(unknown)}. Known here: {', '.join(sorted(allowed))}."
        )


def require_filled(environ: Mapping[str, str]) -> None:
    """Raise `SettingsError`, naming each, where a `FRAUD_*` of `environ` is empty.

    Some would take that for a value: an empty host listens on every address.
    """
    empty = sorted(name for name, value in environ.items() if is_setting(name) and not value.strip())
    if empty:
        raise SettingsError(f"{', '.join(empty)} given, but empty. Give a value, or leave it out.")


class Settings(BaseSettings):
    """Base of every process's settings: `FRAUD_<FIELD>` in the environment, unknown `FRAUD_*` refused."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, and nothing besides: `read` gives the environment."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @classmethod
    def variables(cls) -> frozenset[str]:
        """The environment variables of all settings."""
        return frozenset(map(variable, cls.model_fields))

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Settings from `environ`.

        Raises:
            SettingsError: a variable is unknown, missing or has an impossible value; all are named.
        """
        require_known(environ, cls.variables())
        require_filled(environ)
        source = EnvSettingsSource(cls)
        source.env_vars = {name.lower(): value for name, value in environ.items()}
        try:
            return cls(**source())
        except ValidationError as error:
            problems = (f"{variable(*each['loc'])}: {problem(each)}" for each in error.errors())
            raise SettingsError("Settings refused. " + "; ".join(problems)) from None
