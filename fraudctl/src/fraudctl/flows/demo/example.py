"""The original service's example payment: the `curl` to try, and what it answers."""

from typing import Final
from urllib.request import Request

from fraud_contract.direct import opener_for

_PAYMENT: Final = '{"amt":245.5,"hour":14,"day_of_week":3,"category":"grocery"}'
_JSON: Final = "Content-Type: application/json"
_TIMEOUT: Final = 10.0


def curl(url: str) -> str:
    """The command, as one types it."""
    return f"curl -s {url}/predict/ -H '{_JSON}' -d '{_PAYMENT}'"


def answer(url: str) -> str:
    """What the service at `url` answers to it. Raises `OSError` if it does not."""
    name, _, value = _JSON.partition(": ")
    request = Request(f"{url}/predict/", _PAYMENT.encode(), {name: value})  # noqa: S310 - our own URL
    with opener_for(url).open(request, timeout=_TIMEOUT) as response:
        return str(response.read().decode())
