"""Names of artifacts: as people write them, and pinned."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import quote, unquote

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from fraud_contract.errors import InvalidReference

SCHEME: Final = "wandb://"
PRODUCTION: Final = "production"
"""Alias of the release that serves."""
PREVIOUS: Final = "previous"
"""Alias of the release that served before it."""
REJECTED: Final = "rejected"
CANDIDATE: Final = "candidate"
"""Alias of the release that was published last."""
_LONGEST: Final = 128

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
_VERSION: Final = r"v(?:0|[1-9]\d{0,8})"
_SHORT: Final = re.compile(rf"(?P<name>{_NAME}):(?P<version>{_NAME})", re.ASCII)
_PROJECT: Final = r"[A-Za-z0-9_.~%-]{1,512}"
"""As it stands in a URI: whatever else a project is called is percent-encoded, blanks above all."""
_FULL: Final = re.compile(
    rf"{SCHEME}(?P<entity>{_NAME})/(?P<project>{_PROJECT})/{_SHORT.pattern}(?:@sha256:(?P<digest>[0-9a-f]{{64}}))?",
    re.ASCII,
)

Name = Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]
"""Entity, artifact or alias: safe in a URI and as a file name."""
Version = Annotated[str, StringConstraints(pattern=f"^{_VERSION}$")]
RegistryDigest = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{16,128}$")]


def _project(name: str) -> str:
    if (
        not 1 <= len(name) <= _LONGEST
        or set(name) & set("/\\#?%:")
        or not name.isprintable()
        or name.strip() != name
        or name in {".", ".."}
    ):
        raise ValueError(
            r"no name of a W&B project: 1 to 128 characters, none of / \ # ? % :, no blank at either end"
        )
    return name


Project = Annotated[str, AfterValidator(_project)]
"""A project as W&B takes it, blanks inside included; not `.` or `..`, since it becomes a folder's name."""


@dataclass(frozen=True)
class Reference:
    """An artifact by version or alias; without entity and project it is the account's own."""

    name: str
    version: str
    """`vN`, or an alias."""
    entity: str | None = None
    project: str | None = None
    digest: str | None = None
    """SHA-256 of the manifest that the version must have; None: any. The registry's own digests are MD5, and
    whoever can write to it decides what they are of."""

    @property
    def pinned(self) -> bool:
        """Whether it names a version, which never changes, and no alias."""
        return re.fullmatch(_VERSION, self.version, re.ASCII) is not None

    def __str__(self) -> str:
        project = quote(self.project or "", safe="")
        place = f"{SCHEME}{self.entity}/{project}/" if self.entity and self.project else ""
        seal = f"@sha256:{self.digest}" if self.digest else ""
        return f"{place}{self.name}:{self.version}{seal}"


def new_alias(text: str) -> str:
    """`text`, which an alias may be. Raises `InvalidReference` if it may not."""
    if not re.fullmatch(_NAME, text, re.ASCII):
        raise InvalidReference(
            f"{text!r} is no alias. Write one such as candidate: up to 128 letters, digits, '_', '.' and "
            "'-', beginning with a letter or digit."
        )
    return text


def parse(text: str) -> Reference:
    """The reference written as `wandb://entity/project/name:version` or `name:version`.

    The longer form may end in `@sha256:` and the digest of the artifact's manifest, if it names a version.

    Raises:
        InvalidReference: it is neither.
    """
    match = _FULL.fullmatch(text) or _SHORT.fullmatch(text)
    parts = match.groupdict() if match else {}
    try:
        if parts.get("project") is not None:
            parts["project"] = _project(unquote(parts["project"], errors="strict"))
    except ValueError:
        parts = {}
    reference = Reference(**parts) if parts else None
    sealed_alias = reference is not None and reference.digest is not None and not reference.pinned
    if reference is None or sealed_alias or (reference.project and str(reference) != text):
        raise InvalidReference(
            f"{text!r} is no artifact. Write wandb://entity/project/name:vN, with @sha256: and the digest of "
            "its manifest if that is to be checked, or name:alias, such as production_model:production."
        )
    return reference


class Pin(BaseModel):
    """One version of one artifact with the registry's digest of it: never means anything else later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: Name
    project: Project
    name: Name
    version: Version
    registry_digest: RegistryDigest
    metadata: dict[str, Any] = {}

    @property
    def uri(self) -> str:
        """`wandb://entity/project/name:vN`."""
        return str(self.reference)

    @property
    def reference(self) -> Reference:
        """The same without digest and metadata."""
        return Reference(self.name, self.version, self.entity, self.project)


class ReleasePins(BaseModel):
    """A model and the preprocessor it was trained with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Pin
    preprocessor: Pin


class ListedRelease(BaseModel):
    """One version of the model, whether it can be used or not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: Pin
    aliases: tuple[str, ...]
    created_at: datetime
    """UTC."""
    preprocessor: str
    """`vN` of its preprocessor; empty where it names none."""
    problem: str
    """Why it cannot be used; empty if it can."""


class LoggedRollout(BaseModel):
    """A rollout that is kept in the registry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_url: str


class Published(ReleasePins):
    """What publishing made."""

    run_url: str
    """Empty where the same release was there already."""
