"""Numbers, times and JSON in readable form."""

import json
from collections.abc import Mapping

from wandb_local.pages.markup import Content, Markup, table, tag

_LONGEST = 300
_THOUSAND = 1000


def readable(value: object) -> str:
    """A JSON value in one line."""
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def readable_size(size: int) -> str:
    """A number of bytes in a unit that fits."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < _THOUSAND:
            return f"{amount:.3g} {unit}"
        amount /= _THOUSAND
    return f"{amount:.3g} GB"


def readable_time(stamp: str | None) -> str:
    """A time to the second, in UTC."""
    return "" if stamp is None else stamp[:19].replace("T", " ")


def public(values: Mapping[str, object]) -> dict[str, object]:
    """Without the keys the SDK keeps for itself, sorted."""
    return {key: values[key] for key in sorted(values) if not key.startswith("_")}


def key_table(values: Mapping[str, object]) -> Markup:
    """Keys and values."""
    return table(("key", "value"), ((tag("code", key), readable(value)) for key, value in values.items()))


def facts(pairs: Mapping[str, Content]) -> Markup:
    """What is known about one thing; what is empty is left out."""
    return tag(
        "table",
        *(
            tag("tr", tag("th", name), tag("td", value))
            for name, value in pairs.items()
            if value not in {None, ""}
        ),
    )
