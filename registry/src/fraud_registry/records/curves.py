"""Curves of a training run as rows to log, one a boosting round."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

ROUND: Final = "round"
MOST_ROWS: Final = 400
"""As many as a chart has pixels to show, and the upload stays short."""


def rows(curves: Mapping[str, Sequence[float]], most: int = MOST_ROWS) -> Iterator[dict[str, float]]:
    """The curves round by round, under their names; a curve that is shorter is absent in the later rows.

    Of more than `most` rounds every n-th is given, and always the last.
    """
    rounds = max(map(len, curves.values()), default=0)
    stride = max(1, -(-rounds // most))
    for number in range((rounds - 1) % stride, rounds, stride):
        values = {name: curve[number] for name, curve in curves.items() if number < len(curve)}
        yield {ROUND: number, **values}
