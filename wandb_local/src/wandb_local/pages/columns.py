"""Tables whose columns are the figures that most rows have, ordered by what the address says."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from wandb_local.budget import unlimited
from wandb_local.store.filters import ordered

_MOST_ROWS = 100
"""Rows of one page."""


def common_keys(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """The keys of `rows`, those that most rows have first."""
    counts = Counter(key for row in rows for key in row)
    return sorted(counts, key=lambda key: (-counts[key], key))


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: `direction` is how the table is ordered by it now, `href` orders it the other way."""

    label: str
    href: str
    direction: str
    figure: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What the address asks a table to show: its order, its figures, and the page of its rows."""

    sort: str = ""
    columns: tuple[str, ...] = ()
    page: int = 0

    @classmethod
    def read(cls, sort: str, columns: Sequence[str], page: str) -> Self:
        """The view of an address's query; what makes no sense is left out."""
        number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 0  # noqa: PLR2004 - digits of a page
        return cls(sort, tuple(dict.fromkeys(columns)), number)

    def head(self, label: str, key: str, *, figure: bool = False) -> Head:
        """The head of a column that is ordered by `key`; figures from the highest on."""
        ascending, descending = f"+{key}", f"-{key}"
        first, second = (descending, ascending) if figure else (ascending, descending)
        target = second if self.sort == first else first
        direction = {ascending: "ascending", descending: "descending"}.get(self.sort, "none")
        return Head(label, self.href(sort=target, page=0), direction, figure)

    def href(self, *, sort: str | None = None, page: int | None = None) -> str:
        """The address of this table in another order or at another page."""
        query = {"sort": self.sort if sort is None else sort, "column": self.columns}
        query_of_page = query | {"page": self.page if page is None else page}
        return "?" + urlencode(query_of_page, doseq=True, errors="replace")  # keys may have halves of pairs

    def ordered[T](self, rows: Sequence[T], value: Callable[[T, str], object]) -> list[T]:
        """All rows in the order asked for."""
        key = self.sort.lstrip("+-").replace(",", " ")
        known = {index: value(row, key) for index, row in enumerate(rows)} if key else {}
        sign = "-" if self.sort.startswith("-") else "+"
        by = f"{sign}key" if key else None
        order = ordered(range(len(rows)), by, lambda index, _: known[index], unlimited())
        return [rows[index] for index in order]

    def shown[T](self, rows: Sequence[T]) -> Sequence[T]:
        """The rows of this page."""
        return rows[self.page * _MOST_ROWS :][:_MOST_ROWS]

    def pages(self, count: int) -> list[str | None]:
        """The addresses of all pages of `count` rows, None for this one; none where one page holds all."""
        total = -(-count // _MOST_ROWS)
        return [self.href(page=n) if n != self.page else None for n in range(total)] if total > 1 else []
