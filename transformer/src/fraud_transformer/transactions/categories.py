"""Names near an unknown category, for the caller who mistyped or abbreviated one."""

from collections.abc import Sequence
from typing import Any, Final

UNKNOWN_CATEGORY: Final = "unknown_category"


class Categories:
    """The categories of the training data, found by their words (`grocery_pos`: grocery, pos)."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._by_word: dict[str, list[str]] = {}
        for name in names:
            for word in name.split("_"):
                self._by_word.setdefault(word, []).append(name)

    def near(self, category: str) -> list[str]:
        """Known categories that share a word with `category`; a look-up, so a flood of names costs little."""
        words = category.lower().replace("-", "_").replace(" ", "_").split("_")
        return sorted({name for word in words for name in self._by_word.get(word, ())})

    def unknown(self, category: str) -> dict[str, Any]:
        """The warning for an unknown category: `code`, `message` and `suggestions`."""
        near = self.near(category)
        advice = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(self._names)}."
        return {
            "code": UNKNOWN_CATEGORY,
            "message": f"Training saw no category {category!r}; scored as an unknown one; {advice}",
            "suggestions": near,
        }
