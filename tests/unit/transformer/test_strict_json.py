"""JSON is read within its budget of objects and arrays, which strings hold none of."""

import pytest

from fraud_contract.errors import RequestTooLarge
from fraud_transformer.limits import MAX_CONTAINERS
from fraud_transformer.transactions.strict_json import load


def test_as_many_objects_and_arrays_as_may_be_are_read() -> None:
    value = load(b"[" + b"[]," * (MAX_CONTAINERS - 2) + b"{}]", "")
    assert MAX_CONTAINERS - 1 == len(value)


@pytest.mark.parametrize("body", [b"[" * 19 + b"]" * 19 + b",", b'{"a":{}},', b"[],", b'["\\\\",{}],'])
def test_more_are_not(body: bytes) -> None:
    with pytest.raises(RequestTooLarge, match="objects and arrays"):
        load(b"[" + body * MAX_CONTAINERS + b"1]", "")


@pytest.mark.parametrize("text", [b"[" * 500, b"\\\\{", b'\\"[' * 9, b"{}" * 30])
def test_brackets_in_strings_are_none(text: bytes) -> None:
    brackets = text.count(b"[") + text.count(b"{")
    strings = [text] * (1 + MAX_CONTAINERS // brackets)
    assert len(strings) == len(load(b'["%b"]' % b'","'.join(strings), ""))
