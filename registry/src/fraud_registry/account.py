"""Which registry, as whom: read from the environment and a `.env` file."""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, field_validator

from fraud_contract.errors import SettingsError
from fraud_registry.references import Name

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
    project: Name = DEFAULT_PROJECT

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


def read_account(environ: Mapping[str, str], dotenv: Path | None = None) -> Account | None:
    """The account of `environ` and the `.env` file; None where no key is given.

    A variable of the environment wins over the same one of the file. Quotes and comments after a value
    are taken off in both, because `docker run --env-file` passes them on as they stand.

    Raises:
        SettingsError: the key is a placeholder or too short, its file cannot be read, or another value
            is impossible. The key itself is never in the message.
    """
    sources = (_environment_values(environ), _file_values(dotenv))
    key = next((found for source in sources if (found := _key(source))), None)
    if key is None:
        return None
    merged = sources[1] | sources[0]
    try:
        return Account(
            base_url=merged.get(BASE_URL, PUBLIC_SERVICE),
            api_key=SecretStr(_checked(key)),
            entity=merged.get(ENTITY),
            project=merged.get(PROJECT, DEFAULT_PROJECT),
        )
    except ValidationError as error:
        raise SettingsError("; ".join(_problems(error))) from None


def _problems(error: ValidationError) -> Iterator[str]:
    for each in error.errors(include_input=False, include_url=False):
        yield f"WANDB_{each['loc'][0]}".upper() + f": {each['msg'].removeprefix('Value error, ')}"


def _environment_values(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables read as if they stood in a `.env` file: one grammar for both."""
    given = {name: environ[name] for name in _VARIABLES if environ.get(name)}
    return {name: value for name, raw in given.items() if (value := _unquoted(raw))}


def _unquoted(raw: str) -> str:
    parsed = dotenv_values(stream=io.StringIO(f"VALUE={raw}"), interpolate=False).get("VALUE")
    return (raw if parsed is None else parsed).strip()


def _file_values(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    try:
        # utf-8-sig: Windows editors begin files with a byte order mark.
        values = dotenv_values(path, interpolate=False, encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path} cannot be read as UTF-8 text. Write it as NAME=value lines.") from None
    return {name: stripped for name in _VARIABLES if (stripped := (values.get(name) or "").strip())}


def _key(source: Mapping[str, str]) -> str | None:
    if API_KEY in source or API_KEY_FILE not in source:
        return source.get(API_KEY)
    path = Path(source[API_KEY_FILE]).expanduser()
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{API_KEY_FILE} names {path}, which cannot be read.") from None


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
