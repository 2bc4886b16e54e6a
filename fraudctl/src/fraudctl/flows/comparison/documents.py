"""What the documents of two models say, without scoring anything."""

import json
from collections.abc import Iterator
from dataclasses import replace
from math import isclose
from typing import Final

from fraud_contract.artifacts.dataset import evaluated_on
from fraud_contract.artifacts.loading import BOOSTER, FEATURE_SPEC, ModelArtifact
from fraud_registry.publishing.comparison import FIGURES
from fraud_rollout.evidence.describe import changes_between
from fraudctl.flows.comparison.row import Row, not_compared
from fraudctl.flows.found_release import FoundRelease

_EVALUATION: Final = "evaluation"
_ALSO: Final = ("log_loss", "mean_ratio", "recall")
_FEATURES_SHOWN: Final = 12
_CAUTIONS: Final = {
    "quickly": "trained quickly, for a demo",
    "elsewhere": "converted from pickles: figures, calibration and training data are not known",
}
"""What is said of the second release, by how it was trained."""
_DIFFERENT: Final = ("policy", "calibration", "parameters", "data", "libraries")
"""Parts of which only what differs is shown."""


def documented(first: FoundRelease, second: FoundRelease) -> Iterator[Row]:
    """Who they are, their own figures, and everything in which their documents differ."""
    yield from _identity(first.model, second.model)
    yield from _metrics(first.model, second.model)
    changes = changes_between(first.model, second.model)
    for part in _DIFFERENT:
        found = [Row(part, each.name, each.stable, each.candidate) for each in changes if each.topic == part]
        if found and part == "policy":
            found[0] = replace(found[0], note="another policy decides")
        yield from found or [Row(part, "the same")]
    yield from _features(first, second)
    yield from _importance(first, second)


def _identity(first: ModelArtifact, second: ModelArtifact) -> Iterator[Row]:
    yield Row("model", "version", first.version, second.version)
    yield Row("model", "digest", first.digest, second.digest)
    yield Row(
        "model",
        "trained",
        first.document.trained,
        second.document.trained,
        note=_CAUTIONS.get(second.document.trained, ""),
    )


def _metrics(first: ModelArtifact, second: ModelArtifact) -> Iterator[Row]:
    old, new = (_figures(each) for each in (first, second))
    bare = [each for each, figures in ((first, old), (second, new)) if not figures]
    if bare:
        yield not_compared("metrics", "; ".join(dict.fromkeys(map(_without_figures, bare))))
        return
    fingerprints = evaluated_on(first), evaluated_on(second)
    alike = fingerprints[0] == fingerprints[1]
    for name in [*FIGURES, *(each for each in _ALSO if each in old or each in new)]:
        yield _figure(name, old.get(name), new.get(name), alike=alike)


def _without_figures(model: ModelArtifact) -> str:
    why = "was converted from pickles" if model.document.trained == "elsewhere" else "was never evaluated"
    return f"{model.version} ({model.digest[:12]}) has no figures of its own: it {why}"


def _figures(model: ModelArtifact) -> dict[str, float]:
    found = model.document.metrics.get(_EVALUATION)
    values = found if isinstance(found, dict) else {}
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def _figure(name: str, old: float | None, new: float | None, *, alike: bool) -> Row:
    if old is None or new is None:
        return Row("metrics", name, old, new, note="cannot be compared: one of both does not have it")
    notes = [] if alike else ["of different payments"]
    if name in FIGURES and new < old:
        notes.append("lower")
    return Row("metrics", name, old, new, new - old, note="; ".join(notes))


def _features(first: FoundRelease, second: FoundRelease) -> Iterator[Row]:
    specs = [each.preprocessor.spec for each in (first, second)]
    if specs[0].hash == specs[1].hash:
        yield Row("features", "the same")
        return
    old, new = (each.names for each in specs)
    for name in old:
        if name not in new:
            yield Row("features", name, "there", "", note="the second has it no more")
    for name in new:
        if name not in old:
            yield Row("features", name, "", "there")
    if set(old) == set(new):
        documents = [
            json.loads((each.preprocessor.folder / FEATURE_SPEC).read_bytes()) for each in (first, second)
        ]
        changed = [name for name in documents[0] if documents[0].get(name) != documents[1].get(name)]
        yield Row("features", "computed otherwise", note=f"{', '.join(changed)} changed")


def _importance(first: FoundRelease, second: FoundRelease) -> Iterator[Row]:
    old, new = (_shares(each) for each in (first, second))
    names = sorted(old.keys() | new.keys(), key=lambda name: -max(old.get(name, 0), new.get(name, 0)))
    for name in names[:_FEATURES_SHOWN]:
        before, after = old.get(name, 0.0), new.get(name, 0.0)
        if not isclose(before, after, abs_tol=1e-9):
            yield Row("importance", name, before, after, after - before)
    if all(isclose(old.get(name, 0), new.get(name, 0), abs_tol=1e-9) for name in names):
        yield Row("importance", "the same")


def _shares(release: FoundRelease) -> dict[str, float]:
    """Each feature's share of the total gain."""
    # XGBoost takes a second to load, which only this needs.
    from fraud_training.model.boosting import Forest

    forest = Forest.load(release.model.folder / BOOSTER, release.preprocessor.spec.names)
    return {name: share for name, share, *_ in forest.importance()}
