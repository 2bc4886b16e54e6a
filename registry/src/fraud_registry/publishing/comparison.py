"""Two releases side by side, from what the registry shows of their models without a download."""

from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from fraud_registry.records.metadata import (
    FAILED_GATES,
    FEATURE_SPEC_HASH,
    MANIFEST_DIGEST,
    METRICS,
    NOT_KNOWN,
    POLICY,
    TRAINED,
    section_of,
    trained_of,
)
from fraud_registry.references import Pin

FIGURES: Final = ("average_precision", "roc_auc", "brier_skill")
"""Of the metrics, those that people compare; a higher one is better."""


@dataclass(frozen=True)
class Difference:
    """One property of both; `warning` is why the second is to be looked at, or empty."""

    what: str
    first: Any
    second: Any
    warning: str = ""


def compare(first: Pin, second: Pin) -> tuple[Difference, ...]:
    """All properties of two models, in a fixed order; one that the metadata lack is None."""
    return (
        Difference("version", first.version, second.version),
        Difference("digest", first.metadata.get(MANIFEST_DIGEST), second.metadata.get(MANIFEST_DIGEST)),
        *(_figure(name, first, second) for name in FIGURES),
        _effort(first, second),
        _gates(first, second),
        _policy(first, second),
        Difference("features", first.metadata.get(FEATURE_SPEC_HASH), second.metadata.get(FEATURE_SPEC_HASH)),
    )


def _figure(name: str, first: Pin, second: Pin) -> Difference:
    old, new = (_number(section_of(pin, METRICS).get(name)) for pin in (first, second))
    if old is None or new is None:
        warning = "" if old is new else f"{name} cannot be compared: one of both does not have it"
    else:
        warning = f"{name} is lower: {new:.4f}, was {old:.4f}" if new < old else ""
    return Difference(name, old, new, warning)


def shortcomings(release: Pin) -> tuple[str, ...]:
    """Why a model is to be looked at before it serves, whatever it replaces."""
    return tuple(filter(None, (_effort_warning(release), _gates_warning(release))))


def _effort(first: Pin, second: Pin) -> Difference:
    return Difference(
        TRAINED, trained_of(first.metadata), trained_of(second.metadata), _effort_warning(second)
    )


def _effort_warning(release: Pin) -> str:
    lacking = release.metadata.get(NOT_KNOWN)
    warnings = {"quickly": "it was trained quickly, for a demo", "elsewhere": f"not known: {lacking}"}
    return warnings.get(trained_of(release.metadata), "")


def _gates(first: Pin, second: Pin) -> Difference:
    old, new = (pin.metadata.get(FAILED_GATES) or None for pin in (first, second))
    return Difference(FAILED_GATES, old, new, _gates_warning(second))


def _gates_warning(release: Pin) -> str:
    failed = release.metadata.get(FAILED_GATES)
    named = "; ".join(map(str, failed)) if isinstance(failed, list) else failed
    return f"it was accepted below its quality gates: {named}" if failed else ""


def _policy(first: Pin, second: Pin) -> Difference:
    old, new = (section_of(pin, POLICY) for pin in (first, second))
    if old == new:
        warning = ""
    elif not old or not new:
        warning = "the policies cannot be compared: one of both was published without it"
    else:
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        warning = f"another policy decides: {', '.join(changed)} changed"
    return Difference(POLICY, old or None, new or None, warning)


def _number(value: object) -> float | None:
    """None for what cannot be compared, which is no reason to keep a warning back."""
    try:
        return value if isinstance(value, int | float) and isfinite(value) else None
    except OverflowError:  # a whole number beyond what a float holds
        return None
