"""The reference of all commands, from their `--help`."""

from collections.abc import Iterator
from typing import Any, Final

import typer

from fraud_simulator.command import help_text
from fraudctl.app import app

_WIDTH: Final = 90
_HEAD: Final = """\
# Command line

Made by `python -m docs.generate`; a test keeps it current.

Results go to standard output (`-o json` for programs), talk goes to standard error.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    command = typer.main.get_command(app)
    sections = _sections(command, typer.Context(command, info_name="fraudctl", **_FORM))
    return "\n".join((_HEAD, *sections, _section("test_script.py", help_text("python3 test_script.py"))))


_FORM: Final[dict[str, Any]] = {"terminal_width": _WIDTH, "max_content_width": _WIDTH}


def _sections(command: Any, context: typer.Context) -> Iterator[str]:  # noqa: ANN401 - the type is private to typer
    path = context.command_path
    text = help_text(path) if command.name == "simulate" else command.get_help(context)
    yield _section(path, text)
    for name, inner in getattr(command, "commands", {}).items():
        yield from _sections(inner, typer.Context(inner, info_name=name, parent=context, **_FORM))


def _section(title: str, text: str) -> str:
    lines = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"## {title}\n\n```text\n{lines}\n```\n"
