"""`python -m helm.readme`: the chart's README, made of the comments in values.yaml."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

CHART: Final = Path(__file__).parent / "fraud-detector"
README: Final = CHART / "README.md"
_TEMPLATE: Final = Path(__file__).with_suffix(".md")
_LINE: Final = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z_]+):(?P<rest>.*)$")
_COMMENT: Final = re.compile(r"^ *# ?(?P<text>.*)$")
_INDENT: Final = 2


@dataclass(frozen=True)
class Value:
    """A value that users may set."""

    path: str
    default: str
    description: str


def documented(text: str) -> list[Value]:
    """The values of a values.yaml that have a comment above them, in order.

    Raises:
        ValueError: a value has no comment, nor belongs to one that has.
    """
    comments = dict(_commented(text))
    described = {path for path, comment in comments.items() if comment}
    for path in comments:
        if not any(_within(path, other) or _within(other, path) for other in described):
            raise ValueError(f"values.yaml: {'.'.join(path)} has no comment. Say what it is for.")
    defaults = yaml.safe_load(text)
    return [
        Value(".".join(path), "" if _is_section(path, described) else _shown(_at(defaults, path)), comment)
        for path, comment in comments.items()
        if comment
    ]


def _commented(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every key's path, and the comment above it if there is one."""
    path: tuple[str, ...] = ()
    comment: list[str] = []
    for line in text.splitlines():
        remark, entry = _COMMENT.match(line), _LINE.match(line)
        if remark:
            comment.append(remark["text"])
            continue
        if entry:
            path = (*path[: len(entry["indent"]) // _INDENT], entry["key"])
            yield path, " ".join(comment)
        comment = []


def _within(path: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return path[: len(other)] == other


def _is_section(path: tuple[str, ...], described: set[tuple[str, ...]]) -> bool:
    return any(other != path and _within(other, path) for other in described)


def _at(defaults: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - any YAML
    for key in path:
        defaults = defaults[key]
    return defaults


def _shown(value: object) -> str:
    flow = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return f"`{flow.removesuffix('\n').removesuffix('\n...')}`"


def readme(values: str) -> str:
    """The README's text."""
    rows = [f"| `{each.path}` | {each.description} | {each.default} |" for each in documented(values)]
    return _TEMPLATE.read_text().replace("VALUES", "\n".join(rows))


if __name__ == "__main__":
    README.write_text(readme((CHART / "values.yaml").read_text()))
