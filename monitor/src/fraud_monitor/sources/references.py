"""What the distributions of a release are compared with: read from its artifacts."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.loading import ModelArtifact, PreprocessorArtifact
from fraud_contract.errors import FraudError, InvalidReference
from fraud_monitor.core.judgement import References
from fraud_monitor.delivery.sender import Accounts
from fraud_monitor.sources.targets import Target
from fraud_registry.artifacts.fetch import fetch, require_digest
from fraud_registry.artifacts.resolve import resolve_reference
from fraud_registry.references import Reference, parse

_LOG: Final = logging.getLogger("fraud_monitor")


@dataclass(frozen=True)
class ReferenceStore:
    """Artifacts in folders, or fetched into `cache`, verified either way."""

    accounts: Accounts
    cache: Path

    def load(self, target: Target) -> References | None:
        """The references of a release; None while its artifacts cannot be had."""
        try:
            preprocessor = PreprocessorArtifact.load(self._folder(target.preprocessor))
            model = ModelArtifact.load(self._folder(target.model))
            for source, digest in (
                (target.preprocessor, preprocessor.digest),
                (target.model, model.digest),
            ):
                if (reference := reference_of(source)) is not None:
                    require_digest(reference, digest)
        except FraudError as error:
            _LOG.warning("No drift of %s yet, its artifacts are missing: %s", target.release, error.message)
            return None
        return References(preprocessor.spec, model.document.reference)

    def _folder(self, source: str) -> Path:
        if reference_of(source) is None:
            return Path(source)
        with self.accounts() as account:
            return fetch(account, resolve_reference(account, source), self.cache)


def reference_of(source: str) -> Reference | None:
    """The artifact that a target names by address; None where it names a folder."""
    try:
        return parse(source)
    except InvalidReference:
        return None
