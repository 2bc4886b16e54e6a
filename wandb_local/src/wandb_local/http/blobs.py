"""PUT and GET of bytes."""

import asyncio
import base64

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from wandb_local.errors import ForbiddenError, NotFoundError
from wandb_local.http.bodies import announced_length, paced
from wandb_local.http.origin import require_same_origin
from wandb_local.http.replies import require_key
from wandb_local.service import Service
from wandb_local.store import Store
from wandb_local.store.blobs import checked_md5
from wandb_local.values.identifiers import row_of

_PROTECTION = {
    # Uploaded bytes never run in a browser that is logged in here.
    "Content-Disposition": "attachment",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def _require_signature(service: Service, request: Request) -> str:
    """The blob of a signed address.

    Raises:
        ForbiddenError: The signature is missing, wrong or too old.
    """
    blob_id = str(request.path_params["blob"])
    method = "GET" if request.method == "HEAD" else request.method
    expires, signature = (request.query_params.get(name, "") for name in ("expires", "signature"))
    if not service.access.signed(method, blob_id, expires, signature):
        raise ForbiddenError("the address is not signed for this, or too old: ask for a new one")
    return blob_id


async def put_blob(service: Service, request: Request) -> Response:
    """Take an upload: streamed to the disk while it is hashed, visible when it is complete."""
    require_same_origin(request)
    blob_id = _require_signature(service, request)
    content_md5 = request.headers.get("content-md5")
    expected = None if content_md5 is None else checked_md5(content_md5, "Content-MD5")
    with service.store.blobs.receive(service.limits.blob, announced_length(request)) as incoming:
        async for chunk in paced(request, service.limits):
            incoming.write(chunk)
        await asyncio.to_thread(incoming.settle)
        await service.call(lambda store: store.blobs.keep(blob_id, incoming, expected))
    return Response()


async def get_blob(service: Service, request: Request) -> Response:
    """Send a blob, or a range of it."""
    blob_id = _require_signature(service, request)
    path = await service.call(lambda store: store.blobs.stored_path(blob_id))
    return FileResponse(path, media_type="application/octet-stream", headers=_PROTECTION)


async def get_artifact_file(service: Service, request: Request) -> Response:
    """Send an artifact's file by birth artifact and MD5: the SDK's way out when an address is too old."""
    require_key(service, request)
    digest, birth = str(request.path_params["digest"]), str(request.path_params["birth"])

    def find(store: Store) -> str:
        md5 = base64.b64encode(bytes.fromhex(digest)).decode()
        return store.artifact_files.by_digest(row_of("Artifact", birth), md5) or ""

    try:
        path = service.store.blobs.path(await service.call(find))
    except ValueError as error:
        raise NotFoundError("no such file: the digest is not hexadecimal") from error
    return FileResponse(path, media_type="application/octet-stream", headers=_PROTECTION)
