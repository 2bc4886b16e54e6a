"""A stable release behind Envoy under traffic, the catalogue of candidates for it, and its table."""

from collections.abc import Iterator
from typing import Final

import pytest

from benchmarks.rollouts.__main__ import write
from benchmarks.rollouts.candidates import release
from support.rollouts.candidates import ROWS, Field, field
from support.rollouts.catalogue import SHORT, Entry, full

_EVERY_ROW: Final = 262_045
_ROWS: Final = pytest.StashKey[dict[str, str]]()
_HEAD: Final = (
    "| candidate | ends | found in | by | pairs | customers who met it | requests lost | seconds |",
    "|---|---|---|---|---|---|---|---|",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", action="store_true", help="write the table to docs/rollouts.md")
    parser.addoption(
        "--seeds", type=int, default=3, help="with --full: retrained models that have each fault"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = {}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "entry" in metafunc.fixturenames:
        whole, seeds = metafunc.config.getoption("full"), metafunc.config.getoption("seeds")
        entries: list[Entry] = list(full(seeds) if whole else SHORT)
        metafunc.parametrize("entry", entries, ids=[each.name for each in entries])


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Field]:
    """Stable serves; traffic goes on until the last candidate is judged."""
    home = tmp_path_factory.mktemp("canaries")
    if request.config.getoption("full"):
        stable, rows = release("full-0"), _EVERY_ROW
    else:
        stable, rows = request.getfixturevalue("trained").folder, ROWS
    with field(home, stable, rows) as running:
        yield running


@pytest.fixture
def table(request: pytest.FixtureRequest) -> dict[str, str]:
    """Rows of the table, by candidate."""
    return request.config.stash[_ROWS]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table; write it to the page where that is asked and every candidate ended as it must."""
    found = config.stash[_ROWS]
    if not found:
        return
    entries = list(full(config.getoption("seeds")) if config.getoption("full") else SHORT)
    names = [each.name for each in entries]
    rows = [
        found[name] for name in sorted(found, key=lambda each: names.index(each) if each in names else -1)
    ]
    terminalreporter.section("catalogue")
    for line in (*_HEAD, *rows):
        terminalreporter.write_line(line)
    if config.getoption("table") and not terminalreporter.stats.get("failed"):
        form = (
            f"--full --seeds {config.getoption('seeds')} --table" if config.getoption("full") else "--table"
        )
        write("canaries", (f"`make canaries ARGS='{form}'`:", "", *_HEAD, *rows))
