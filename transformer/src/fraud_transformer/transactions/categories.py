"""Names near an unknown category, for the caller who mistyped or abbreviated one."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, TypedDict

from fraud_transformer.limits import MAX_ADVISED_CATEGORIES

UNKNOWN_CATEGORY: Final = "unknown_category"
_BETWEEN: Final = re.compile(r"[\W_]+")
_NAMED: Final = 20
"""Known categories that one warning names."""


class UnknownCategory(TypedDict):
    """The warning for a category that training never saw."""

    code: str
    message: str
    suggestions: list[str]
    """Known categories with similar names."""


class Categories:
    """The categories of the training data, found by their words (`grocery_pos`: grocery, pos)."""

    def __init__(self, names: Sequence[str]) -> None:
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        self._known = f"known are {', '.join(names[:_NAMED])}{more}."
        self._by_word: dict[str, list[str]] = {}
        for name in names:
            for word in _words(name):
                self._by_word.setdefault(word, []).append(name)

    def near(self, category: str) -> list[str]:
        """Known categories that share a word with `category`; a look-up, so a flood of names costs little."""
        return sorted({name for word in _words(category) for name in self._by_word.get(word, ())})[:_NAMED]

    def unknown(self, category: str) -> UnknownCategory:
        """The warning for an unknown category: `code`, `message` and `suggestions`."""
        near = self.near(category)
        return _warning(category, f"did you mean {' or '.join(near)}?" if near else self._known, near)

    def unknown_among(self, categories: Iterable[str]) -> dict[str, UnknownCategory]:
        """The warnings for unknown categories of one request, of which the first get advice."""
        distinct = list(dict.fromkeys(categories))
        advised, others = distinct[:MAX_ADVISED_CATEGORIES], distinct[MAX_ADVISED_CATEGORIES:]
        brief = f"of {len(distinct)} unknown ones only {MAX_ADVISED_CATEGORIES} get advice."
        return {each: self.unknown(each) for each in advised} | {
            each: _warning(each, brief, []) for each in others
        }


def _words(name: str) -> set[str]:
    """Its words in lower case, whatever stands between them; empty ones are none."""
    return {word for word in _BETWEEN.split(name.lower()) if word}


def _warning(category: str, advice: str, near: list[str]) -> UnknownCategory:
    return {
        "code": UNKNOWN_CATEGORY,
        "message": f"Training saw no category {category!r}; scored as an unknown one; {advice}",
        "suggestions": near,
    }
