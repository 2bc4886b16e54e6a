"""Messages that are still arriving are bounded in number, size and time, and slow ones give way."""

import asyncio
from dataclasses import dataclass, field

import pytest
from kserve.protocol.grpc import grpc_predict_v2_pb2 as pb

from fraud_contract.errors import MalformedRequest, Overloaded, RequestTimeout, RequestTooLarge
from fraud_serving.grpc import arrivals
from fraud_serving.grpc.arrivals import ARRIVING, Arrivals

REQUEST = pb.ModelInferRequest(model_name="fraud")


@dataclass
class Sending:
    """A call's context, whose message is sent when the test says so."""

    content: object = field(default_factory=REQUEST.SerializeToString)
    sent: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> object:
        await self.sent.wait()
        return self.content


def at_once(content: object = REQUEST.SerializeToString()) -> Sending:
    sending = Sending(content)
    sending.sent.set()
    return sending


async def test_a_message_is_parsed() -> None:
    assert REQUEST == await Arrivals(1 << 20, 9).required(at_once(), pb.ModelInferRequest)


async def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(MalformedRequest, match="no ModelInferRequest"):
        await Arrivals(1 << 20, 9).required(at_once(b"\xff"), pb.ModelInferRequest)


async def test_a_call_without_a_message_is_refused() -> None:
    assert await Arrivals(1 << 20, 9).message(at_once(None), pb.ModelInferRequest) is None
    with pytest.raises(MalformedRequest, match="brings no message"):
        await Arrivals(1 << 20, 9).required(at_once(None), pb.ModelInferRequest)


async def test_a_message_that_does_not_arrive_is_given_up() -> None:
    with pytest.raises(RequestTimeout):
        await Arrivals(1 << 20, 0.05).required(Sending(), pb.ModelInferRequest)


async def test_more_messages_than_fit_are_refused_at_once_and_room_comes_back() -> None:
    budget = Arrivals(ARRIVING // 2, 9)
    slow = [Sending(), Sending()]
    reading = [asyncio.create_task(budget.required(each, pb.ModelInferRequest)) for each in slow]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await budget.required(at_once(), pb.ModelInferRequest)
    slow[0].sent.set()
    assert REQUEST == await reading[0]
    assert REQUEST == await budget.required(at_once(), pb.ModelInferRequest)
    slow[1].sent.set()
    assert REQUEST == await reading[1]


async def test_slow_senders_are_closed_before_fast_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "_PATIENCE", 0.0)
    budget = Arrivals(ARRIVING // 2, 9)
    reading = [asyncio.create_task(budget.required(Sending(), pb.ModelInferRequest)) for _ in range(2)]
    await asyncio.sleep(0)
    for each in reading:
        assert REQUEST == await budget.required(at_once(), pb.ModelInferRequest)
        with pytest.raises(Overloaded):
            await each
        reading.append(asyncio.create_task(budget.required(Sending(), pb.ModelInferRequest)))
        await asyncio.sleep(0)
        if len(reading) > 4:
            break
    for each in reading:
        each.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


async def test_a_cancelled_call_frees_its_bytes() -> None:
    budget = Arrivals(ARRIVING, 9)
    reading = asyncio.create_task(budget.required(Sending(), pb.ModelInferRequest))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert REQUEST == await budget.required(at_once(), pb.ModelInferRequest)


async def test_a_large_message_of_too_many_fields_is_refused_before_it_is_parsed() -> None:
    many = b"\x2a\x00" * arrivals.LARGE + b"\xff"  # which is no message, so that parsing would say so
    with pytest.raises(RequestTooLarge, match="fields"):
        await Arrivals(1 << 20, 9).required(at_once(many), pb.ModelInferRequest)


async def test_large_messages_are_parsed_one_in_each_turn_of_the_event_loop() -> None:
    large = pb.ModelInferRequest(model_name="x" * 2 * arrivals.LARGE).SerializeToString()
    budget, turns, parsed_in = Arrivals(1 << 20, 9), 0, list[int]()

    async def parse() -> None:
        await budget.required(at_once(large), pb.ModelInferRequest)
        parsed_in.append(turns)

    calls = asyncio.gather(*(parse() for _ in range(8)))
    while not calls.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(set(parsed_in)) == len(parsed_in) == 8
