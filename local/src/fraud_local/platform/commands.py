"""What people ask of a rollout from another terminal: a file a command, answered in the record."""

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fraud_contract.documents import write_atomically
from fraud_local.person import person
from fraud_local.platform.requests import SUFFIX, requests_in
from fraud_rollout.core.state.command import Command, Verb


@dataclass(frozen=True)
class Commands:
    """The commands to rollouts, in `folder`, by rollout."""

    folder: Path

    def give(self, record_id: str, verb: Verb, reason: str = "", evidence: str = "") -> Command:
        """Leave a command of this user for the process that drives the rollout.

        Raises:
            OSError: it cannot be written.
        """
        now = datetime.now(UTC)
        command = Command(
            id=f"{now:%Y%m%d%H%M%S%f}-{secrets.token_hex(4)}",
            verb=verb,
            by=person(),
            reason=reason,
            at=now,
            evidence=evidence,
        )
        self.pass_on(record_id, command)
        return command

    def pass_on(self, record_id: str, command: Command) -> None:
        """Leave a command that was given elsewhere; the same one again changes nothing. Raises as `give`."""
        folder = self.folder / record_id
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / f"{command.id}{SUFFIX}", command.model_dump_json().encode())

    def open(self, record_id: str, answered: Collection[str]) -> list[Command]:
        """Commands that are not answered yet, the oldest first; the files of answered ones are removed."""

        def is_open(path: Path) -> bool:
            if path.stem in answered:
                with suppress(OSError):
                    path.unlink()
            return path.stem not in answered

        return list(requests_in(self.folder / record_id, Command.model_validate_json, is_open))
