"""Candidates that people offer from another terminal: a file each, with the answer beside it."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from fraud_contract.documents import Document, write_atomically
from fraud_local.folders import Folders
from fraud_local.person import person
from fraud_local.platform.requests import SUFFIX, requests_in
from fraud_rollout.core.state.command import Command
from fraud_rollout.core.strategy.strategy import Strategy

_ANSWER: Final = ".answer"
_LOOK: Final = 0.1


class Offer(Document):
    """A release that shall get a rollout."""

    id: str
    by: str
    model: Path
    preprocessor: Path
    """Verified artifact folders."""
    strategy: Strategy | None = None
    """None for that of who serves."""
    again: bool = False
    """Although it was rejected, or left by a rollback."""
    rollback: Command | None = None
    """The order to go back to this release without asking a gate; None for a rollout."""

    @classmethod
    def of(cls, folders: Folders) -> Self:
        """A plain offer of this user."""
        return cls(
            id=secrets.token_hex(8),
            by=person(),
            model=folders.model,
            preprocessor=folders.preprocessor,
        )


class OfferAnswer(Document):
    """What became of an offer."""

    rollout: str = ""
    """Its rollout; empty where none began."""
    refusal: str = ""
    """Why none began."""


@dataclass(frozen=True)
class Candidates:
    """Offers and answers, in `folder`."""

    folder: Path

    def offer(
        self,
        folders: Folders,
        strategy: Strategy | None = None,
        *,
        again: bool = False,
        rollback: Command | None = None,
    ) -> Offer:
        """Leave the release for the process that serves. Raises `OSError` if the file cannot be written."""
        offer = Offer.of(folders).model_copy(
            update={"strategy": strategy, "again": again, "rollback": rollback}
        )
        self._write(offer, SUFFIX, offer)
        return offer

    def open(self) -> Iterator[Offer]:
        """Offers without an answer."""
        return requests_in(
            self.folder, Offer.model_validate_json, lambda path: not path.with_suffix(_ANSWER).exists()
        )

    def answer(self, offer: Offer, answer: OfferAnswer) -> None:
        """Say what became of it."""
        self._write(offer, _ANSWER, answer)

    def answered(self, offer: Offer, seconds: float) -> OfferAnswer | None:
        """The answer, which is taken away with the offer; None if none comes within `seconds`."""
        path = self.folder / f"{offer.id}{_ANSWER}"
        deadline = time.monotonic() + seconds
        while not path.exists():
            if time.monotonic() > deadline:
                (self.folder / f"{offer.id}{SUFFIX}").unlink(missing_ok=True)
                return None
            time.sleep(_LOOK)
        answer = OfferAnswer.read(path)
        for each in (SUFFIX, _ANSWER):
            (self.folder / f"{offer.id}{each}").unlink(missing_ok=True)
        return answer

    def _write(self, offer: Offer, suffix: str, content: Document) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / f"{offer.id}{suffix}", content.model_dump_json().encode())
