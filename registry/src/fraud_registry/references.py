"""Names of artifacts: as people write them, and pinned."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from fraud_contract.errors import NotInRegistry

SCHEME: Final = "wandb://"

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
_VERSION: Final = r"v(?:0|[1-9]\d{0,8})"
_SHORT: Final = re.compile(rf"(?P<name>{_NAME}):(?P<version>{_NAME})", re.ASCII)
_FULL: Final = re.compile(rf"{SCHEME}(?P<entity>{_NAME})/(?P<project>{_NAME})/{_SHORT.pattern}", re.ASCII)

Name = Annotated[str, StringConstraints(pattern=f"^{_NAME}$")]
"""Entity, project, artifact or alias: safe in a URI and as a file name."""
Version = Annotated[str, StringConstraints(pattern=f"^{_VERSION}$")]
RegistryDigest = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{16,128}$")]


@dataclass(frozen=True)
class Reference:
    """An artifact by version or alias; without entity and project it is the account's own."""

    name: str
    version: str
    """`vN`, or an alias."""
    entity: str | None = None
    project: str | None = None

    @property
    def pinned(self) -> bool:
        """Whether it names a version, which never changes, and no alias."""
        return re.fullmatch(_VERSION, self.version, re.ASCII) is not None

    def __str__(self) -> str:
        place = f"{SCHEME}{self.entity}/{self.project}/" if self.entity and self.project else ""
        return f"{place}{self.name}:{self.version}"


def parse(text: str) -> Reference:
    """The reference written as `wandb://entity/project/name:version` or `name:version`.

    Raises:
        NotInRegistry: it is neither.
    """
    match = _FULL.fullmatch(text) or _SHORT.fullmatch(text)
    if match is None:
        raise NotInRegistry(
            f"{text!r} is no artifact. Write wandb://entity/project/name:vN, or name:alias, "
            "such as production_model:production."
        )
    return Reference(**match.groupdict())


class Pin(BaseModel):
    """One version of one artifact with the registry's digest of it: never means anything else later."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: Name
    project: Name
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


class Published(ReleasePins):
    """What publishing made."""

    run_url: str
