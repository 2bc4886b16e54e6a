"""Which pages are generated, and from what."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.generate import errors, routes, settings
from fraudctl.reference import reference as command_line
from helm import readme as chart

FOLDER: Final = Path(__file__).parents[1] / "reference"


def _chart() -> str:
    """The chart's README, with its links as they are from the page's folder."""
    text = chart.readme((chart.CHART / "values.yaml").read_text())
    return text.replace("](../../docs/", "](../")


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "cli.md": command_line,
    "settings.md": settings.page,
    "errors.md": errors.page,
    "http.md": routes.page,
    "chart.md": _chart,
}
"""By file name below `docs/reference/`, what makes its text."""
