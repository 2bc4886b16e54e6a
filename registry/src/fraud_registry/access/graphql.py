"""GraphQL over HTTP without the SDK, for what is only read: no second process, and errors that say why.

The SDK raises AuthenticationError for an outage as well as for a wrong key.
"""

import base64
import json
import os
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request

from pydantic import BaseModel

from fraud_contract.direct import opener_for
from fraud_contract.errors import RegistryError, RegistryUnauthorized, RegistryUnavailable
from fraud_registry.access.account import Account
from fraud_registry.access.proxy import proxy_of

TIMEOUT: Final = 15.0
"""Seconds; a hosted registry answers this in well under one, an embedded one on a busy machine in some."""
_MOST: Final = 16 << 20
"""Bytes of an answer: a hundred versions with all their metadata."""
_FULL: Final = frozenset({HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.INSUFFICIENT_STORAGE})
_TUNNEL: Final = "Tunnel connection failed: "
"""What http.client says before a proxy's answer."""
_OUT_OF_TIME: Final = frozenset({9, 10})
"""OpenSSL's codes of certificates that are not valid yet, or no more."""


class _NoRedirects(HTTPRedirectHandler):
    """A redirect would carry the key to another host."""

    def redirect_request(  # noqa: PLR0913, PLR0917 - the signature is the library's
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Follow none; the answer then counts as an error."""


def query[A: BaseModel](
    account: Account, text: str, variables: Mapping[str, Any], answer: type[A], timeout: float = TIMEOUT
) -> A:
    """The whole answer to a query, as an `answer`.

    Raises:
        RegistryUnauthorized: the key was refused.
        RegistryUnavailable: no answer within `timeout` seconds, or an answer that is none of W&B's.
    """
    try:
        return answer.model_validate_json(_ask(account, text, variables, timeout)[0])
    except ValueError:
        raise _unavailable(account, "does not answer as W&B does") from None


def refused(account: Account) -> RegistryError:
    """The error for an answer that knows no user of the key."""
    return _refusal(account, HTTPStatus.UNAUTHORIZED)


def date_of(account: Account, text: str, timeout: float = TIMEOUT) -> str | None:
    """The Date header of the answer to a query; None without one. Raises as `query` does."""
    return _ask(account, text, {}, timeout)[1].get("Date")


def _ask(
    account: Account, text: str, variables: Mapping[str, Any], timeout: float
) -> tuple[bytes, HTTPMessage]:
    key = base64.b64encode(f"api:{account.api_key.get_secret_value()}".encode()).decode()
    headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}
    body = json.dumps({"query": text, "variables": variables}).encode()
    request = Request(f"{account.base_url}/graphql", body, headers)  # noqa: S310 - Account takes http(s) only
    try:
        with opener_for(account.base_url, _NoRedirects()).open(request, timeout=timeout) as response:
            return response.read(_MOST), response.headers
    except HTTPError as error:
        raise _refusal(account, error.code) from None
    except TimeoutError:
        raise _unavailable(account, f"gave no answer within {timeout:g} s") from None
    except URLError as error:
        proxy = proxy_of(account.base_url, os.environ)
        raise _unavailable(account, _reason(error, timeout, proxy)) from None
    except (OSError, HTTPException):
        raise _unavailable(account, "does not answer as W&B does") from None


def _refusal(account: Account, status: int) -> RegistryError:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return RegistryUnauthorized(
            f"W&B: the key was refused by {account.host} ({status}). Check WANDB_API_KEY and WANDB_BASE_URL."
        )
    if status in _FULL:
        return _unavailable(account, f"has no room left ({status}); free some, or have the quota raised")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _unavailable(account, f"answers {status}: too many requests, of this key or from this address")
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return _unavailable(account, f"the proxy before it asks for a login ({status}); check HTTPS_PROXY")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unavailable(account, f"Failed to query server ({status} response)")
    return _unavailable(account, f"answers {status}, as W&B does not; check WANDB_BASE_URL")


def _reason(error: URLError, timeout: float, proxy: str) -> str:
    if isinstance(error.reason, ssl.SSLCertVerificationError):
        if error.reason.verify_code in _OUT_OF_TIME:
            return "shows a certificate that is not valid at this time; check this machine's clock"
        return "shows a certificate that is not trusted here; name its authority's file in SSL_CERT_FILE"
    way = f" through the proxy {proxy}" if proxy else ""
    if isinstance(error.reason, TimeoutError):
        return f"gave no answer within {timeout:g} s{way}"
    _, tunnel, answer = str(error.reason).partition(_TUNNEL)
    if tunnel:
        return f"the proxy {proxy} does not lead to it ({answer}); check HTTPS_PROXY and NO_PROXY"
    text = error.reason.strerror if isinstance(error.reason, OSError) else None
    advice = "; check HTTPS_PROXY and NO_PROXY" if proxy else ""
    return f"cannot be reached{way} ({text or 'no connection'}){advice}"


def _unavailable(account: Account, what: str) -> RegistryUnavailable:
    return RegistryUnavailable(
        f"W&B at {account.host}: {what}. Try again later; releases already fetched are not affected."
    )
