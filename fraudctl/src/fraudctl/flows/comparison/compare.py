"""Two releases fetched, scored and compared."""

from fraud_contract.artifacts.dataset import Dataset, evaluated_on, require_unseen
from fraud_contract.errors import FraudError
from fraud_local.answers import LoadedRelease
from fraudctl.flows.comparison.answers import evaluated, flipped
from fraudctl.flows.comparison.documents import documented
from fraudctl.flows.comparison.row import PARTS, Row, not_compared
from fraudctl.flows.dataset import dataset_of
from fraudctl.flows.found_release import FoundRelease, found
from fraudctl.flows.labelled_payments import ADVICE, payments_of
from fraudctl.run import Connect, Run


def compared(first: str, second: str, dataset: str | None, run: Run, connect: Connect) -> list[Row]:
    """Every line of the comparison, in the order of `PARTS`.

    Args:
        first: folder, alias or version of a release.
        second: the one that it is compared with.
        dataset: folder or reference of labelled payments; None for those that the models' figures are of.
        run: the command's.
        connect: to the registry, where something of it is needed.

    Raises:
        ArtifactError: a release cannot be used, or the dataset that was named; `DatasetSeen` if a model
            learned from it.
        RegistryError: the registry does not have one of them, or is away.
    """
    with run.stages.stage("Fetch both"):
        releases = found(first, run, connect), found(second, run, connect)
    with run.stages.stage("Score golden rows"):
        loaded = [LoadedRelease.load(each.folders) for each in releases]
        rows = [*documented(*releases), *flipped(loaded[0], loaded[1])]
    with run.stages.stage("Score labelled payments") as stage:
        payments = (
            _named(dataset, releases, run, connect) if dataset is not None else _own(releases, run, connect)
        )
        if isinstance(payments, Dataset):
            rows += evaluated(loaded[0], loaded[1], payments)
            stage.result = payments.name
        else:
            rows.append(not_compared("evaluation", payments))
            stage.result = "not compared"
    return sorted(rows, key=lambda row: PARTS.index(row.part))


def _named(given: str, releases: tuple[FoundRelease, FoundRelease], run: Run, connect: Connect) -> Dataset:
    dataset = dataset_of(given, run, connect)
    for release in releases:
        require_unseen(dataset, release.model)
    return dataset


def _own(releases: tuple[FoundRelease, FoundRelease], run: Run, connect: Connect) -> Dataset | str:
    """The payments that figures of one of both are of; why there are none, otherwise."""
    fingerprints = frozenset(evaluated_on(each.model) for each in releases) - {""}
    if not fingerprints:
        return f"Neither says which payments its figures are of. {ADVICE}"
    try:
        dataset = payments_of(fingerprints, run, connect, [each.folder for each in releases])
        for release in releases:
            require_unseen(dataset, release.model)
    except FraudError as error:
        return error.message
    return dataset
