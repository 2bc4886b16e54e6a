"""Bars of a table, as `wandb.plot.bar` asks for them: its panel stands in the config, its table in a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from wandb_local.pages.media import Table
from wandb_local.pages.values import is_figure

_BAR: Final = "wandb/bar/v0"
_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of the table; `share` of the longest bar, from 0 to 1."""

    label: str
    value: float
    share: float


@dataclass(frozen=True, slots=True)
class Bars:
    """One picture."""

    title: str
    label: str
    value: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """What a config says of one: `key` of the table, the columns that are labels and values."""

    key: str
    label: str
    value: str
    title: str


def panels(config: Mapping[str, object]) -> list[Panel]:
    """The bars among the custom charts of a run, by its config as the SDK sends it."""
    found = _at(config, "_wandb", "value", "visualize")
    return list(_panels(found))[:_MOST] if isinstance(found, Mapping) else []


def _panels(charts: Mapping[str, object]) -> Iterator[Panel]:
    for key, each in sorted(charts.items()):
        settings = _at(each, "panel_config")
        label, value = (_at(settings, "fieldSettings", name) for name in ("label", "value"))
        if _at(settings, "panelDefId") == _BAR and isinstance(label, str) and isinstance(value, str):
            title = _at(settings, "stringSettings", "title")
            yield Panel(f"{key}_table", label, value, title if isinstance(title, str) and title else key)


def bars(panel: Panel, table: Table) -> Bars | None:
    """The rows whose value is not negative, the largest first; None without the columns or such rows."""
    columns = list(table.columns)
    if panel.label not in columns or panel.value not in columns:
        return None
    label, value = columns.index(panel.label), columns.index(panel.value)
    rows = [
        (str(row[label]), float(figure))
        for row in table.rows
        if len(row) == len(columns) and is_figure(figure := row[value]) and figure >= 0
    ]
    longest = max((figure for _, figure in rows), default=0.0) or 1.0
    found = tuple(
        Bar(name, figure, figure / longest) for name, figure in sorted(rows, key=lambda row: -row[1])
    )
    return Bars(panel.title, panel.label, panel.value, found) if found else None


def _at(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
