"""Which rows of the files are unusable: how many, and the first few by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from fraud_contract.errors import UsageError
from fraud_training.data.checks import first_problems

_SHOWN: Final = 5


class UnusableRows:
    """Collects them over all files, so that one message names them."""

    def __init__(self) -> None:
        self._count = 0
        self._shown: list[str] = []

    def add(
        self, path: Path, malformed: Sequence[int], first: int, problems: dict[str, npt.NDArray[np.bool_]]
    ) -> None:
        """Those of a batch, whose rows are numbered from `first` on as if no line were malformed."""
        self._count += int(np.logical_or.reduce(list(problems.values())).sum())
        for place, reason in first_problems(problems, _SHOWN - len(self._shown)):
            number = first + place
            for line in malformed:
                number += line <= number
            self._shown.append(f"{path.name} row {number}: {reason}")

    def add_malformed(self, path: Path, lines: Sequence[int]) -> None:
        """Lines of a file that have another number of columns than its header."""
        self._count += len(lines)
        for line in lines[: _SHOWN - len(self._shown)]:
            self._shown.append(f"{path.name} row {line}: another number of columns than the header")

    def require_none(self) -> None:
        """Raise `UsageError` if any row is unusable."""
        if self._count:
            raise UsageError(
                f"{self._count:,} row(s) are unusable, none was dropped. The first: {'; '.join(self._shown)}."
                " Rows count from 1 below the header. Correct or remove them."
            )
