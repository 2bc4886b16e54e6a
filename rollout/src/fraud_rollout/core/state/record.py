"""The record of a rollout: one JSON document from which report, status and history are made.

It stays below 64 kB however long a rollout lasts: paths are thinned, and of what repeats (holds, commands)
the oldest in the middle are dropped and counted.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError

from fraud_contract.documents import canonical_json
from fraud_contract.errors import FraudError
from fraud_contract.validation import problem
from fraud_rollout.core.state.command import Answered
from fraud_rollout.core.state.observed import Source
from fraud_rollout.core.state.phase import Cause, Phase
from fraud_rollout.core.state.release import Release
from fraud_rollout.core.strategy.strategy import Strategy
from fraud_rollout.judge.evaluation import Evaluation
from fraud_rollout.judge.verdict import Count, Finding, Frozen

SCHEMA_VERSION: Final = 1
LARGEST: Final = 65_536
"""Bytes of a record as JSON."""


class RecordUnreadable(FraudError):
    """A document is no record, or not one that this release reads."""

    code = "record"


ID: Final = r"^[a-z0-9][a-z0-9-]{0,62}$"
"""Pattern of the ids of records, which are names of files too."""
Look = tuple[int, int, int]
"""Whole seconds since the first one, events, observations."""


class Span(Frozen):
    """A stay in one phase."""

    phase: Phase
    weight: int
    """Percent that was wanted for the candidate."""
    begun: datetime
    ended: datetime | None = None
    cause: Cause | None = None
    """Of a hold."""
    reason: str = ""


class Judged(Frozen):
    """What one source gave at one weight, and what was found in it."""

    source: Source
    weight: int = 0
    findings: tuple[Finding, ...] = ()
    """All of gates over all; of those within categories the worst."""
    counts: Mapping[str, Count] = {}
    """Of gates over all, and of the categories in `findings`."""
    paths: Mapping[str, tuple[Look, ...]] = {}
    """Of gates over all, thinned to a dozen looks each."""
    since: datetime
    """When counting began."""
    at: datetime
    """When the newest of it was gathered."""
    passed: bool = False
    note: str = ""
    error: str = ""

    @property
    def key(self) -> tuple[Source, int, datetime]:
        """What makes it another look than the others."""
        return self.source, self.weight, self.since


class Hold(Frozen):
    """What a rollout waits for, and where it goes on."""

    cause: Cause
    back_to: Phase
    since: datetime


class Record(Frozen):
    """One attempt to make a release stable."""

    schema_version: Literal[1] = SCHEMA_VERSION
    id: Annotated[str, Field(pattern=ID)]
    version: Annotated[int, Field(ge=0)] = 0
    """Counts the saved changes; what compare-and-swap compares."""
    created: datetime
    stable: Release | None
    """None for the first release of all."""
    candidate: Release
    strategy: Strategy
    """As last judged by."""
    phase: Phase = Phase.PENDING
    step: Annotated[int, Field(ge=0)] = 0
    """Index into the strategy's steps, while in `Canary` or held there."""
    passed_weight: int = 0
    """The last weight that passed its gates."""
    reason: str = ""
    hold: Hold | None = None
    counting_since: datetime | None = None
    """Evidence counts from here; set anew by every step forward, and when a person resumes."""
    lacking_since: datetime | None = None
    """Since when evidence has been missing; None while it comes."""
    soaked: bool = False
    """The soak passed, so aliases may have moved."""
    gain: bool = False
    """The evaluation showed a certain gain, so limits are wider."""
    accepted: tuple[str, ...] = ()
    """What people accepted: causes of holds with the phase, such as `undecided in Shadow`."""
    demoted: bool = False
    """It was left by a person's `rollback`: candidates up to it are not followed."""
    rejected: bool = False
    """A gate failed: this digest is not tried again unless asked for."""
    spans: tuple[Span, ...] = ()
    dropped_spans: int = 0
    judged: tuple[Judged, ...] = ()
    evaluation: Evaluation | None = None
    commands: tuple[Answered, ...] = ()
    dropped_commands: int = 0

    @property
    def evidence_digest(self) -> str:
        """SHA-256 (hex) of the evidence so far: what an approval names."""
        content = [
            each.model_dump(mode="json", include={"source", "weight", "counts"}) for each in self.judged
        ]
        evaluation = self.evaluation and self.evaluation.model_dump(mode="json")
        return hashlib.sha256(canonical_json([content, evaluation])).hexdigest()

    def to_json(self) -> str:
        """The document, one line; what is unset or has its default is left out."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(
            {"schema_version": SCHEMA_VERSION} | content, ensure_ascii=False, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The record in a document of this or any older schema version.

        Raises:
            RecordUnreadable: it is no record, or of a newer version.
        """
        try:
            content = json.loads(text)
            version = content["schema_version"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise RecordUnreadable(
                "Not the record of a rollout: no JSON object with a schema_version."
            ) from None
        if version != SCHEMA_VERSION:
            raise RecordUnreadable(
                f"The record has schema version {version!r}; this release reads up to {SCHEMA_VERSION}. "
                "Read it with the release that wrote it, or a newer one."
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the document"
            raise RecordUnreadable(f"The record is damaged: {place}: {problem(first)}.") from None
