"""The admin port: probes, metrics and, behind a token, recent decisions."""

from dataclasses import asdict
from hmac import compare_digest

from kserve import Model
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from fraud_serving.probes import probes
from fraud_transformer.limits import MAX_ECHO
from fraud_transformer.telemetry.recent import Recent

_DEFAULT_SIZE = 5_000


def admin(model: Model, recent: Recent, release: str, token: str | None) -> Starlette:
    """The probes' app with `GET /recent?size=n`, which answers 404 where no token is configured."""
    app = probes(model)

    async def decisions(request: Request) -> JSONResponse:
        if token is None:
            return _refused(404, "Recent decisions are closed. Set FRAUD_ADMIN_TOKEN to open them.")
        given = request.headers.get("authorization", "").encode()
        if not compare_digest(given, b"Bearer " + token.encode()):
            return _refused(401, "Send the header 'Authorization: Bearer <FRAUD_ADMIN_TOKEN>'.")
        if unknown := next((name for name in request.query_params if name != "size"), None):
            return _refused(400, f"The query parameter {unknown[:MAX_ECHO]!r} is unknown; known here: size.")
        size = request.query_params.get("size", str(_DEFAULT_SIZE))
        if not size.isdecimal() or len(size) > len(str(10**9)):
            return _refused(400, "The query parameter size is a number of decisions.")
        sample = [asdict(each) for each in recent.sample(int(size))]
        return JSONResponse({"release": release, "by_hour": recent.counts, "decisions": sample})

    app.router.routes.append(Route("/recent", decisions))
    return app


def _refused(status: int, error: str) -> JSONResponse:
    headers = {"www-authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004 - Unauthorized
    return JSONResponse({"error": error}, status, headers)
