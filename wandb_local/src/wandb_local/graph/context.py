"""What every object of the graph is built from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from wandb_local.graph.arguments import Arguments
from wandb_local.graph.objects.base import Method, Object, Value, method
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
        """The part of `records` that the arguments `after` and `first` ask for."""
        shown = positions(arguments, len(records))
        edges = [edge(self.show(records[position]), position + 1) for position in shown]
        return connection(edges, total=len(records), end=shown.stop)


def positions(arguments: Arguments, total: int) -> range:
    """Which of `total` items are asked for: at most `first`, behind the cursor `after`, a position."""
    start = min(max(arguments.optional_integer("after") or 0, 0), total)
    first = arguments.optional_integer("first")
    return range(start, total if first is None else min(total, start + max(first, 0)))


type Builder = Callable[[Graph, Any], Object]


def edge(node: Object, cursor: int, **fields: Value) -> Object:
    """One item of a connection."""
    return Object("Edge", {"node": node, "cursor": str(cursor), **fields})


def connection(edges: Sequence[Object], *, total: int, end: int) -> Object:
    """A page of a list: `end` items of `total` are behind the reader after it."""
    page = Object("PageInfo", {"hasNextPage": end < total, "endCursor": str(end) if edges else None})
    return Object("Connection", {"edges": edges, "totalCount": total, "pageInfo": page, "uploadHeaders": ()})
