"""Templates, in which every value is escaped and shown in characters that can be seen."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from wandb_local.pages import values
from wandb_local.values.plain_text import plain

NOTICE: Final = "A local stand-in that speaks the W&B protocol. This is not Weights & Biases."

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@cache
def stylesheet() -> str:
    """The style of all pages."""
    return files("wandb_local.pages").joinpath("style.css").read_text(encoding="utf-8")


def url(path: Sequence[str], *more: str) -> str:
    """The address of a page whose path has these segments, whatever characters they have."""
    return "/" + "/".join(quote(segment, safe="") for segment in (*path, *more))


def _seen(value: object) -> object:
    """What a template writes: None as nothing, texts without control characters but for line ends."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(map(plain, _COLOURS.sub("", value).split("\n")))
    return "" if value is None else value


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("wandb_local.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_seen,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"notice": NOTICE, "url": url}
    environment.filters |= {
        "readable": values.readable,
        "size": values.readable_size,
        "time": values.readable_time,
    }
    return environment


_ENVIRONMENT = _environment()


def render(template: str, title: str, trail: tuple[tuple[str, ...], ...] = (), **context: object) -> str:
    """A whole page; `trail` are the paths of the pages above it."""
    return _ENVIRONMENT.get_template(template).render(title=title, trail=trail, **context)
