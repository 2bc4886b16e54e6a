"""Errors have a body of message, code and details, and know no transport."""

from fraud_contract.errors import InvalidTransaction, Overloaded, PairMismatch, RequestError


def test_the_body_of_an_error() -> None:
    error = InvalidTransaction("amt must be above 0.", [{"field": "amt"}])
    assert error.body() == {"error": "amt must be above 0.", "code": "invalid", "details": [{"field": "amt"}]}


def test_which_errors_are_worth_another_try() -> None:
    assert [None, 1, 5] == [each("x").retry_after for each in (RequestError, Overloaded, PairMismatch)]
