"""Requests whose end a proxy in front could see elsewhere than this server are refused (RFC 9112, 6.1)."""

from starlette.types import ASGIApp, Receive, Scope, Send

from wandb_local.http.replies import refusal


class OneLength:
    """Answers 400 to a request that says its length twice, as a number and in chunks, and closes.

    Behind it, on the same connection, another caller's request may stand.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in scope.get("headers", ())}:
            answer = refusal(400, "a request has Content-Length or Transfer-Encoding, not both")
            answer.headers["connection"] = "close"
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)
