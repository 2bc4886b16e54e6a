"""Which registry, as whom: read from the environment, a `.env` file and W&B's own login."""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator

from fraud_contract.errors import SettingsError
from fraud_contract.validation import problem
from fraud_registry.access.logins import login, netrc_path
from fraud_registry.references import Name, Project

PUBLIC_SERVICE: Final = "https://api.wandb.ai"
"""W&B's hosted service. Always passed on: the SDK's own default has changed between its versions."""
DEFAULT_PROJECT: Final = "fraud-detector"

API_KEY: Final = "WANDB_API_KEY"
API_KEY_FILE: Final = "WANDB_API_KEY_FILE"
BASE_URL: Final = "WANDB_BASE_URL"
ENTITY: Final = "WANDB_ENTITY"
PROJECT: Final = "WANDB_PROJECT"
_VARIABLES: Final = (API_KEY, API_KEY_FILE, BASE_URL, ENTITY, PROJECT)

_KEY_LENGTH: Final = 40
"""W&B's keys have at least this many characters after an optional prefix and dash; the SDK refuses others."""
_PLACEHOLDER: Final = re.compile(
    r"<.*>|\.{3}|…|x{3,}|\*{3,}|(change|replace)[ _-]?me.*|your[ _-].*|(wandb[ _-])?api[ _-]?key([ _-]here)?",
    re.IGNORECASE,
)


class Account(BaseModel):
    """One registry and who speaks to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str
    api_key: SecretStr
    entity: Name | None = None
    """User or team; None takes the key's own."""
    project: Project = DEFAULT_PROJECT

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        address = urlsplit(value)
        if address.scheme not in {"http", "https"} or not address.hostname or "@" in address.netloc:
            raise ValueError("is no http(s) address such as https://wandb.example.com")
        return value.rstrip("/")

    @property
    def host(self) -> str:
        """Host, and port if it has one; what messages name the registry by."""
        return urlsplit(self.base_url).netloc

    @property
    def environment(self) -> dict[str, str]:
        """The account as environment variables, the key included: for a child process, never for a log."""
        named = {BASE_URL: self.base_url, PROJECT: self.project, API_KEY: self.api_key.get_secret_value()}
        return named if self.entity is None else named | {ENTITY: self.entity}

    def redact(self, text: str) -> str:
        """`text` without the key."""
        return text.replace(self.api_key.get_secret_value(), "***")


@dataclass(frozen=True)
class Configured:
    """What was found of an account, and which of it counts."""

    account: Account | None
    """None where the embedded registry, or what an image brings, is to be used."""
    source: str
    """Where its key comes from."""
    unheeded: str = ""
    """What was found and does not count, why, and what to do; empty if all of it counts."""


def read_account(environ: Mapping[str, str], dotenv: Path | None = None) -> Account | None:
    """The account that `configured` finds; None where there is none. Raises as it does."""
    return configured(environ, dotenv).account


def configured(environ: Mapping[str, str], dotenv: Path | None = None) -> Configured:
    """The account of `environ`, the `.env` file and, where one of both names a project, W&B's login.

    A variable of the environment wins over the same one of the file. Quotes and comments after a value
    are taken off in both, because `docker run --env-file` passes them on as they stand.

    A login alone (`.netrc`) is not used: it says who the user is, not that models shall go there.

    Raises:
        SettingsError: a value is given but empty; the key is a placeholder or too short, its file cannot be
            read, or another value is impossible. The key itself is never in the message.
    """
    environment, file = _environment_values(environ), _file_values(dotenv)
    merged = file | environment
    place = merged.keys() & {BASE_URL, ENTITY, PROJECT}
    for source, values in (("the environment", environment), (str(dotenv), file)):
        key = _key(values)
        if key is not None:
            return Configured(_account(key, merged), source)
    host = urlsplit(merged.get(BASE_URL, PUBLIC_SERVICE)).netloc
    logged_in = login(host, environ)
    if place and logged_in is not None:
        return Configured(_account(logged_in, merged), str(netrc_path(environ)))
    return Configured(None, "nowhere", _unheeded(sorted(place), host, environ, logged_in is not None))


def _account(key: str, values: Mapping[str, str]) -> Account:
    try:
        return Account(
            base_url=values.get(BASE_URL, PUBLIC_SERVICE),
            api_key=SecretStr(_checked(key)),
            entity=values.get(ENTITY),
            project=values.get(PROJECT, DEFAULT_PROJECT),
        )
    except ValidationError as error:
        raise SettingsError("; ".join(_problems(error))) from None


def _unheeded(place: list[str], host: str, environ: Mapping[str, str], logged_in: bool) -> str:
    if place:
        return (
            f"{' and '.join(place)} given, but no key: no {API_KEY}, no {API_KEY_FILE}, and no login for "
            f"{host} in {netrc_path(environ)}. Not heeded; give a key, or leave the rest out."
        )
    if logged_in:
        return (
            f"A W&B login for {host} is in {netrc_path(environ)}, but no {PROJECT} is given, so it is not "
            f"used. Set {PROJECT} to use it."
        )
    return ""


def _problems(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_input=False, include_url=False):
        yield f"WANDB_{each['loc'][0]}".upper() + f": {problem(each)}"


def _environment_values(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables read as if they stood in a `.env` file: one grammar for both."""
    return _filled({name: _unquoted(environ[name]) for name in _VARIABLES if name in environ}, "environment")


def _unquoted(raw: str) -> str:
    text = raw.strip("\r\n")
    if "\n" in text.strip():
        return text  # no line of a `.env` file; refused for what it is
    parsed = dotenv_values(stream=io.StringIO(f"VALUE={text}"), interpolate=False).get("VALUE")
    return (text if parsed is None else parsed).strip()


def _file_values(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    try:
        # utf-8-sig: Windows editors begin files with a byte order mark.
        values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path} cannot be read as UTF-8 text. Write it as NAME=value lines.") from None
    return _filled({name: (values[name] or "").strip() for name in _VARIABLES if name in values}, str(path))


def _filled(values: dict[str, str], where: str) -> dict[str, str]:
    """The values. Raises `SettingsError` where one is empty: it would be taken for one that is not given."""
    empty = [name for name, value in values.items() if not value]
    if empty:
        raise SettingsError(
            f"{' and '.join(empty)} given in the {where}, but empty. Give a value, or leave it out."
            if where == "environment"
            else f"{' and '.join(empty)} given in {where}, but empty. Give a value, or remove the line."
        )
    return values


def _key(source: Mapping[str, str]) -> str | None:
    if API_KEY in source or API_KEY_FILE not in source:
        return source.get(API_KEY)
    path = Path(source[API_KEY_FILE]).expanduser()
    try:
        key = path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{API_KEY_FILE} names {path}, which cannot be read.") from None
    if not key:
        raise SettingsError(f"{API_KEY_FILE} names {path}, which is empty. Write the key into it.")
    return key


def _checked(key: str) -> str:
    if _PLACEHOLDER.fullmatch(key):
        raise SettingsError(
            f"{API_KEY} is still the placeholder. Put your key there (from the W&B page /authorize), "
            "or leave it out to use the embedded registry."
        )
    secret = key.partition("-")[2] or key
    if len(secret) < _KEY_LENGTH:
        raise SettingsError(
            f"{API_KEY} has {len(secret)} characters; W&B's keys have {_KEY_LENGTH} or more. "
            "Copy the whole key from the W&B page /authorize."
        )
    if not re.fullmatch(r"[\w.-]+", key, re.ASCII):
        raise SettingsError(
            f"{API_KEY} holds characters that no W&B key has. Copy it again from the W&B page /authorize."
        )
    return key
