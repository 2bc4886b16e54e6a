"""Moving the registry's aliases in the background: it may be slow or away; serving does not wait for it."""

import threading
import time
from collections.abc import Mapping
from typing import Final

from fraud_contract.errors import FraudError
from fraud_rollout.core.state.observed import Alias
from fraud_rollout.core.state.release import Release
from fraud_rollout.platforms.platform import AliasStore

_AGAIN: Final = 5.0
"""Seconds before a registry that failed is asked again."""


class AliasMover:
    """Keeps aliases where they are wanted."""

    def __init__(self, alias_store: AliasStore) -> None:
        self._store = alias_store
        self._known: Mapping[Alias, str] | None = {}
        self._thread: threading.Thread | None = None
        self._next = 0.0
        self.problem = ""
        """What the registry answered last, if it failed."""

    def known(self) -> Mapping[Alias, str] | None:
        """Digests by alias, as last read or moved; None while the registry is away."""
        return self._known

    def want(self, aliases: Mapping[Alias, Release], reason: str) -> None:
        """Move those that are not there yet, and read them again; returns at once."""
        if self._thread is not None and self._thread.is_alive():
            return
        if time.monotonic() < self._next:
            return
        known = self._known or {}
        if not aliases or all(known.get(alias) == release.digest for alias, release in aliases.items()):
            return
        self._thread = threading.Thread(
            target=self._move, args=(dict(aliases), reason), name="aliases", daemon=True
        )
        self._thread.start()

    def _move(self, aliases: Mapping[Alias, Release], reason: str) -> None:
        try:
            known = dict(self._store.read())
            # What was in production keeps a name before the newcomer takes that one.
            for alias in sorted(aliases, key=lambda each: each is Alias.PRODUCTION):
                if known.get(alias) != aliases[alias].digest:
                    self._store.move(alias, aliases[alias], reason)
                    known[alias] = aliases[alias].digest
        except FraudError as error:
            self._known, self.problem = None, error.message
            self._next = time.monotonic() + _AGAIN
        else:
            self._known, self.problem = known, ""
