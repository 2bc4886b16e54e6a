"""The labelled payments that releases may be judged by where nobody names any: those their figures are of."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from fraud_contract.artifacts.dataset import DATASET_DOCUMENT, EVALUATION_DATA, Dataset
from fraud_contract.errors import FraudError, NotInRegistry
from fraud_processes.errors import LocalError
from fraud_registry.publishing.datasets import EVALUATION
from fraudctl.flows.dataset import dataset_of, evaluation_data
from fraudctl.run import Connect, Run

_REGISTERED: Final = f"{EVALUATION_DATA}:{EVALUATION}"
ADVICE: Final = (
    "Name labelled payments with --dataset, or put those beside the release into the registry: "
    "fraudctl dataset publish DIR."
)


class LabelledPaymentsMissing(LocalError):
    """The labelled payments that a release's own figures are of are not at hand."""

    code = "labelled_payments_missing"


def payments_of(
    fingerprints: frozenset[str], run: Run, connect: Connect, releases: Sequence[Path] = ()
) -> Dataset:
    """The payments with one of the fingerprints: beside a release, in the registry, or the repository's.

    Payments of another business say nothing about a release: every category is unknown to it, and amounts
    are of another currency. So none are taken that no release was measured by.

    Args:
        fingerprints: SHA-256 of the payments that figures of the releases are of; none where all of them are
            silent on it, and then the repository's are taken.
        run: where datasets are kept.
        connect: to the registry, where datasets are kept as well.
        releases: folders that `fraudctl train` wrote.

    Raises:
        LabelledPaymentsMissing: none of these places has them; the message says what each has.
    """
    if not fingerprints:
        return evaluation_data(run)
    reasons = list[str]()
    for dataset in _offered(run, connect, releases, reasons):
        if dataset.document.fingerprint in fingerprints:
            return dataset
        reasons.append(f"{dataset.name} is not what their own figures are of.")
    raise LabelledPaymentsMissing(f"{' '.join(dict.fromkeys(reasons))} {ADVICE}")


def _offered(run: Run, connect: Connect, releases: Sequence[Path], reasons: list[str]) -> Iterator[Dataset]:
    """Each place's dataset, the nearest first; why one has none goes to `reasons`."""
    beside = (folder / EVALUATION_DATA for folder in releases)
    for place in (*(str(each) for each in beside if (each / DATASET_DOCUMENT).is_file()), _REGISTERED, None):
        try:
            yield dataset_of(place, run, connect)
        except NotInRegistry:
            reasons.append(f"The registry has no {place}.")
        except FraudError as error:
            reasons.append(error.message)
