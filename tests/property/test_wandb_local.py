"""Invariants of versions and aliases, and of the pure parts of wandb_local."""

import json
import math
import re
import string
import tempfile
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from support.registries.local_registry import logged, names, pending, sequence
from wandb_local.budget import unlimited
from wandb_local.errors import ConflictError, InvalidRequestError
from wandb_local.pages.charts.heat_map import heat_map, histogram_of
from wandb_local.pages.charts.lines import HEIGHT, WIDTH, chart
from wandb_local.pages.environment import render, url
from wandb_local.pages.values import flat
from wandb_local.store import Store
from wandb_local.store.filters import matches, ordered
from wandb_local.store.records import Artifact, Collection
from wandb_local.store.runs.streams import spread
from wandb_local.values.names import LATEST, checked_alias, checked_path, version_of
from wandb_local.values.plain_text import plain

ALIASES = st.sampled_from(["production", "previous", "candidate"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)


class Registry(RuleBasedStateMachine):
    """One collection under random logging, moving, committing and deleting, beside what it should be."""

    drafts = Bundle("drafts")
    versions = Bundle("versions")
    store: Store
    model: Collection

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store.open(Path(self.folder.name))
        self.model = sequence(self.store)
        self.expected = dict[str, str]()
        self.given = list[str]()
        self.contents = 0

    def _content(self) -> bytes:
        self.contents += 1
        return str(self.contents).encode()

    def _name(self, artifact: Artifact) -> str:
        return f"v{self.store.collections.placed(self.model, artifact).version}"

    def _committed(self, artifact: Artifact, aliases: list[str]) -> Artifact:
        name = self._name(artifact)
        self.given.append(name)
        self.expected |= dict.fromkeys([*aliases, LATEST], name)
        return artifact

    @rule(target=versions, aliases=st.lists(ALIASES, max_size=2))
    def log(self, aliases: list[str]) -> Artifact:
        return self._committed(logged(self.store, self.model, self._content(), *aliases), aliases)

    @rule(target=drafts, aliases=st.lists(ALIASES, max_size=2))
    def begin(self, aliases: list[str]) -> Artifact:
        return pending(self.store, self.model, self._content(), *aliases)

    @rule(target=versions, draft=consumes(drafts))
    def commit(self, draft: Artifact) -> Artifact:
        artifact = self.store.artifacts.commit(draft)
        return self._committed(artifact, json.loads(draft.wanted_aliases))

    @rule(version=versions, alias=ALIASES)
    def move(self, version: Artifact, alias: str) -> None:
        place = self.store.collections.placed(self.model, version)
        self.store.aliases.point(self.model, place, alias)
        self.expected[alias] = self._name(version)

    @rule(version=versions, alias=ALIASES)
    def remove(self, version: Artifact, alias: str) -> None:
        place = self.store.collections.placed(self.model, version)
        self.store.aliases.remove(self.model, place, alias)
        if self.expected.get(alias) == self._name(version):
            del self.expected[alias]

    @rule(version=consumes(versions))
    def delete(self, version: Artifact) -> None:
        name = self._name(version)
        aliased = name in self.expected.values()
        try:
            self.store.artifacts.delete(version, with_aliases=False)
            assert not aliased
        except ConflictError:
            assert aliased
            self.store.artifacts.delete(version, with_aliases=True)
        self.expected = {alias: named for alias, named in self.expected.items() if named != name}
        left = self.store.collections.versions(self.model)
        if left:
            self.expected.setdefault(LATEST, f"v{left[0].version}")

    @invariant()
    def aliases_name_what_they_should(self) -> None:
        assert names(self.store, self.model) == self.expected

    @invariant()
    def versions_count_up_and_are_never_given_twice(self) -> None:
        assert self.given == [f"v{number}" for number in range(len(self.given))]

    @invariant()
    def every_version_and_alias_resolves_to_itself(self) -> None:
        for place in self.store.collections.versions(self.model):
            assert self.store.collections.resolve(self.model, f"v{place.version}") == place
        for alias, name in self.expected.items():
            found = self.store.collections.resolve(self.model, alias)
            assert found is not None
            assert f"v{found.version}" == name

    def teardown(self) -> None:
        self.store.database.close()
        self.folder.cleanup()


TestRegistry = Registry.TestCase
TestRegistry.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


@given(st.text(max_size=140))
def test_an_alias_is_never_taken_for_a_version_nor_splits_a_path(name: str) -> None:
    try:
        checked_alias(name)
    except InvalidRequestError:
        return
    assert version_of(name) is None
    assert name
    assert not set(name) & {"/", ":", "\n", "\x00"}


@given(st.text(alphabet="./\\ab\x00", max_size=12))
def test_an_accepted_file_name_stays_below_where_it_is_joined(name: str) -> None:
    try:
        checked_path(name)
    except InvalidRequestError:
        return
    below = Path("/root-of-download")
    assert (below / name.replace("\\", "/")).resolve().is_relative_to(below)


@given(st.lists(st.text(max_size=3)), st.integers(0, 20))
def test_a_sample_keeps_order_ends_and_limit(rows: list[str], limit: int) -> None:
    numbered = [f"{number}:{row}" for number, row in enumerate(rows)]
    sample = spread(numbered, limit)
    assert len(sample) == min(limit, len(rows))
    assert sample == [row for row in numbered if row in set(sample)]
    if min(limit, len(rows)) > 1:
        assert (sample[0], sample[-1]) == (numbered[0], numbered[-1])


@given(st.dictionaries(st.sampled_from("abc"), SCALARS), st.sampled_from("abc"), SCALARS)
def test_a_filter_and_its_negation_never_agree(record: dict[str, object], key: str, wanted: object) -> None:
    for operator in ("$eq", "$gt", "$lte", "$exists"):
        condition = {key: {operator: wanted}}
        passes = matches(condition, record.get, unlimited())
        assert passes != matches({"$nor": [condition]}, record.get, unlimited())


@given(st.lists(st.dictionaries(st.just("a"), SCALARS)), st.sampled_from(["", "+", "-"]))
def test_ordering_keeps_every_record_and_puts_the_empty_last(
    records: list[dict[str, object]], sign: str
) -> None:
    result = ordered(records, f"{sign}a", dict.get, unlimited())
    assert sorted(map(id, result)) == sorted(map(id, records))
    empty = [record.get("a") is None for record in result]
    assert empty == sorted(empty)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags, self.texts, self.attributes = set[str](), list[str](), list[str | None]()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(name)
        self.attributes += [value for _, value in attributes]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _read(page: str) -> _Texts:
    parser = _Texts()
    parser.feed(page)
    parser.close()
    return parser


TAGS = _read(render("error.html", "", (("", ""),), message="")).tags


@given(st.text(string.printable.replace("\r", "")), st.text(string.printable.replace("\r", "")))
def test_a_text_is_read_back_as_itself_and_never_as_markup(text: str, above: str) -> None:
    read = _read(render("error.html", "t", (("e", above),), message=text))
    shown = "\n".join(map(plain, text.split("\n")))
    assert TAGS == read.tags
    assert shown.strip() in "".join(read.texts)
    assert url(("e", above)) in read.attributes


@given(st.lists(st.tuples(st.integers(-(2**53), 2**53).map(float), st.floats()), max_size=50))
def test_a_curve_stays_inside_its_frame(course: list[tuple[float, float]]) -> None:
    found = chart("metric", {"run": course})
    assert (found is not None) == any(math.isfinite(value) for _, value in course)
    if found is not None:
        points = [tuple(map(float, point.split(","))) for point in found.lines[0].points.split(" ")]
        assert all(0 <= across <= WIDTH and 0 <= down <= HEIGHT for across, down in points)


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "_c"]),
        st.recursive(SCALARS, lambda inner: st.dictionaries(st.sampled_from(["x", "y"]), inner)),
    )
)
def test_flat_values_have_the_leaves_of_nested_ones(values: dict[str, object]) -> None:
    for key, value in flat(values).items():
        inside: object = values
        for part in key.split("."):
            assert isinstance(inside, dict)
            inside = inside[part]
        assert inside == value or value != value  # noqa: PLR0124 - NaN


EDGES = st.lists(st.integers(-1000, 1000), min_size=2, max_size=90, unique=True).map(sorted)


@st.composite
def histograms(draw: st.DrawFn) -> dict[str, object]:
    edges = draw(EDGES)
    counts = draw(st.lists(st.integers(0, 9), min_size=len(edges) - 1, max_size=len(edges) - 1).filter(any))
    return {"_type": "histogram", "values": counts, "bins": edges}


READABLE = 24
"""Units between two labels of a heat map, which are 20 high on a phone."""


@given(st.lists(histograms(), min_size=1, max_size=130))
def test_a_heat_map_has_every_count_of_its_histograms(logged: list[dict[str, object]]) -> None:
    course = [(float(step), kept) for step, each in enumerate(logged) if (kept := histogram_of(each))]
    assert len(logged) == len(course)
    found = heat_map("scores", course)
    shares = [[each.share for each in found.bins], [each.last for each in found.bins]]
    assert [pytest.approx(1.0)] * 2 == [sum(each) for each in shares]
    rows = [int(y) for cells in found.shades for y in re.findall(r"M[\d.]+ (\d+)h", cells)]
    assert all(0 <= y < found.bottom for y in rows)
    assert len(rows) <= 60 * len(found.bins) <= 60 * 64
    heights = [height for height, _ in found.labels]
    assert all(lower - upper >= READABLE for lower, upper in pairwise(heights))


@given(st.dictionaries(st.sampled_from(["_type", "values", "bins"]), SCALARS | st.lists(SCALARS)))
def test_what_is_no_histogram_is_none(value: dict[str, object]) -> None:
    found = histogram_of(value | {"_type": "histogram"})
    assert found is None or (sum(found.counts) > 0 and len(found.edges) == len(found.counts) + 1)
    assert histogram_of(value | {"_type": "image-file"}) is None
