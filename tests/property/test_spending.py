"""Whatever a body of 1 MiB holds, reading or refusing it stays within the rule of docs/security.md."""

import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.servers.spending import MIB, READERS, Spent, spending

type Measure = Callable[[str, bytes], Spent]

MAX_MIB = 64
MAX_SECONDS = 0.3
TRANSACTION = '{"amt":1,"hour":1,"day_of_week":1,"category":"a"}'
TENSOR = '{"name":"amt","datatype":"FP64","shape":'
OPENINGS = {
    "transaction": ("", "[", '{"amt":[', '{"amt":{"x":['),
    "batch": ('{"transactions":[', '{"transactions":[{"x":['),
    "instances": ('{"instances":[', '{"parameters":['),
    "columns": ('{"columns":{"amt":[', '{"columns":{"transaction_id":[', '{"columns":['),
    "infer": (
        '{"inputs":[',
        '{"outputs":[',
        '{"inputs":[' + TENSOR + "[",
        '{"inputs":[' + TENSOR + '[1],"data":[',
        '{"inputs":[{"name":"category","datatype":"BYTES","shape":[1],"data":[',
        '{"inputs":[{"parameters":{"x":[',
    ),
}
UNITS = (
    "{},", "[],", "[[]],", '{"":0},', '{"":{}},', "null,", "1,", "1e9,", "0.5,", "-1,", '"",', '"a",', '"€",',
    f"{'1' * 4000},", f"{'1' * 30},", f'"{"x" * 5000}",', "[", '{"a":', "{", '"\\u0061",', TRANSACTION + ",",
    '{"amt":1},', '{"amt":1,"hour":1.0,"day_of_week":1.0,"category":"a"},',
    TRANSACTION.replace("1", "0") + ",",
    TRANSACTION.replace("}", ',"x":1},'), '{"name":"amt","datatype":"FP64","shape":[1],"data":[1]},',
    '{"name":"decision"},', '{"name":"x","parameters":{"binary_data":true}},', "  ", "\n",
)  # fmt: skip
NAMES = ",".join(f'"{number:x}":0' for number in range(110_000))


@pytest.fixture(scope="module")
def measure() -> Iterator[Measure]:
    with spending() as measured:
        yield measured


def filled(opening: str, unit: str) -> bytes:
    """As many units after the opening as make 1 MiB, closed as JSON where they can be."""
    closing = "".join({"[": "]", "{": "}"}[each] for each in reversed(opening) if each in "[{")
    unclosed = opening.count("]") + opening.count("}")
    times = (MIB - len(opening) - len(closing)) // len(unit.encode())
    body = opening + (unit * times).removesuffix(",") + closing[: len(closing) - unclosed]
    return body.encode()


def require_within(spent: Spent) -> None:
    assert spent.mib <= MAX_MIB
    assert spent.seconds <= MAX_SECONDS


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit[:20])
@pytest.mark.parametrize("reader", READERS)
def test_a_body_of_one_thing_many_times_is_read_or_refused_within_the_rule(
    reader: str, unit: str, measure: Measure
) -> None:
    for opening in OPENINGS[reader]:
        require_within(measure(reader, filled(opening, unit)))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("opening", ["{", '{"columns":{', '{"transactions":[{', '{"inputs":[{'])
def test_a_body_of_many_names_is_refused_within_the_rule(reader: str, opening: str, measure: Measure) -> None:
    closing = {"{": "}"}.get(opening, "}}" if "columns" in opening else "}]}")
    spent = measure(reader, (opening + NAMES + closing).encode())
    require_within(spent)
    assert "too_large" == spent.code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["amt", "hour", "name", "data", "x", ""]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=100)
@given(
    place=st.sampled_from([(reader, each) for reader, openings in OPENINGS.items() for each in openings]),
    unit=JSON.map(json.dumps).map("{},".format) | st.text('[]{}",:0e-\\u ', min_size=1, max_size=12),
)
def test_a_body_of_anything_many_times_is_read_or_refused_within_the_rule(
    place: tuple[str, str], unit: str, measure: Measure
) -> None:
    reader, opening = place
    require_within(measure(reader, filled(opening, unit)))
