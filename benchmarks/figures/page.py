"""The page in docs/: prose by hand, figures between two markers by `make bench`."""

from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError

PAGE: Final = Path(__file__).parents[2] / "docs" / "performance.md"
PLOT: Final = PAGE.with_suffix(".png")
_BEGIN: Final = "<!-- figures: written by `make bench` -->\n"
_END: Final = "<!-- end of figures -->\n"


def with_figures(page: str, figures: str) -> str:
    """The page with other figures. Raises `BenchmarkError` where the markers are missing."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise BenchmarkError("docs/performance.md has lost its markers for the figures.")
    return f"{before}{begin}\n{figures}\n\n{end}{after}"
