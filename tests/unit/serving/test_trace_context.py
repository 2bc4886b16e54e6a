"""A trace context is passed on as it came, or, where it would break a call, not at all."""

import pytest

from fraud_serving.telemetry.trace_context import TraceContext, representative

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


def context(parent: str = PARENT, state: bytes | None = None) -> TraceContext | None:
    headers = {b"traceparent": parent.encode()} | ({b"tracestate": state} if state is not None else {})
    return TraceContext.of(headers)


def test_parent_and_state_are_passed_on_as_they_came() -> None:
    told = context(state=b"vendor=t61rcWkgMzE,other=1")
    assert told
    assert TRACE == told.trace_id
    assert (("traceparent", PARENT), ("tracestate", "vendor=t61rcWkgMzE,other=1")) == told.metadata


@pytest.mark.parametrize(
    "parent",
    [
        "",
        PARENT[:-1],
        PARENT + "0",
        PARENT + "\n",
        PARENT.upper(),
        PARENT.replace("00-", "ff-", 1),
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
    ],
    ids=range(8),
)
def test_what_names_no_trace_is_not_passed_on(parent: str) -> None:
    assert context(parent) is None


def test_without_a_header_there_is_none() -> None:
    assert TraceContext.of({b"tracestate": b"a=1"}) is None


@pytest.mark.parametrize(
    "state", [b"", b"a=" + b"x" * 511, "a=\N{LATIN SMALL LETTER E WITH ACUTE}".encode(), b"a=\x01", b"a=1 "]
)
def test_a_state_that_grpc_would_refuse_is_left_out(state: bytes) -> None:
    told = context(state=state)
    assert told
    assert (("traceparent", PARENT),) == told.metadata


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False), ("ff", True)])
def test_sampled_is_the_last_bit(flags: str, sampled: bool) -> None:
    told = context(f"00-{TRACE}-{SPAN}-{flags}")
    assert told
    assert sampled == told.sampled


def test_a_call_for_many_carries_the_first_that_is_recorded() -> None:
    unrecorded, recorded, later = (
        TraceContext(f"00-{TRACE}-{SPAN}-{flags}", None) for flags in ("00", "01", "03")
    )
    assert recorded == representative([unrecorded, recorded, later])
    assert unrecorded == representative([unrecorded])
    assert representative([]) is None
