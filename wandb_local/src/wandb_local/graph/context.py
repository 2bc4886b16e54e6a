"""What every object of the graph is built from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from wandb_local.graph.arguments import Arguments
from wandb_local.graph.objects import Method, Object, Value, method
from wandb_local.store import Store


class Links(Protocol):
    """Addresses at which blobs can be put and got for a while."""

    def upload(self, blob_id: str) -> str:
        """Where to PUT the blob."""

    def download(self, blob_id: str) -> str:
        """Where to GET the blob."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The store, the addresses of this request, and how records become objects.

    `viewer` is the name of the one user, and of the entity that is meant when none is named.
    """

    store: Store
    links: Links
    viewer: str
    builders: "Mapping[type, Builder]"

    def show(self, record: object) -> Object:
        """The GraphQL object for a record of the store."""
        return self.builders[type(record)](self, record)

    def show_optional(self, record: object | None) -> Object | None:
        """The GraphQL object for a record, or None for none."""
        return None if record is None else self.show(record)

    def connection(self, load: Callable[[Arguments], Sequence[object]], *takes: str) -> Method:
        """A field that lists records page by page; `load` reads the arguments it `takes`."""
        return method(lambda arguments: self.page(load(arguments), arguments), "after", "first", *takes)

    def page(self, records: Sequence[object], arguments: Arguments) -> Object:
        """The part of `records` after the cursor `after`, at most `first` of them. A cursor is a position."""
        start = max(arguments.optional_integer("after") or 0, 0)
        first = arguments.optional_integer("first")
        stop = len(records) if first is None else min(len(records), start + max(first, 0))
        return connection(
            [edge(self.show(records[i]), i + 1) for i in range(start, stop)],
            total=len(records),
            end=stop,
        )


type Builder = Callable[[Graph, Any], Object]


def edge(node: Object, cursor: int, **fields: Value) -> Object:
    """One item of a connection."""
    return Object("Edge", {"node": node, "cursor": str(cursor), **fields})


def connection(edges: Sequence[Object], *, total: int, end: int) -> Object:
    """A page of a list: `end` items of `total` are behind the reader after it."""
    page = Object("PageInfo", {"hasNextPage": end < total, "endCursor": str(end) if edges else None})
    return Object("Connection", {"edges": edges, "totalCount": total, "pageInfo": page, "uploadHeaders": ()})
