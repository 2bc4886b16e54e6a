"""The keys by which runs can be filtered and ordered."""

import json
from collections.abc import Callable, Mapping

from wandb_local.errors import InvalidRequestError, TooCostlyError
from wandb_local.limits import KEY_CHARACTERS
from wandb_local.store.records import Run

_COLUMNS: Mapping[str, Callable[[Run], object]] = {
    "name": lambda run: run.name,
    "displayname": lambda run: run.display_name,
    "state": lambda run: run.state,
    "group": lambda run: run.group_name,
    "jobtype": lambda run: run.job_type,
    "tags": lambda run: json.loads(run.tags),
    "notes": lambda run: run.notes,
    "description": lambda run: run.description,
    "createdat": lambda run: run.created_at,
    "heartbeatat": lambda run: run.heartbeat_at,
    "config": lambda run: json.loads(run.config),
    "summarymetrics": lambda run: json.loads(run.summary),
}
"""Keys without underscores and capitals: clients write `display_name` as well as `displayName`."""


class RunFields:
    """A run's values by key; each JSON document is parsed once, however many conditions look into it."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._columns = dict[str, object]()

    def value(self, key: str) -> object:
        """The value under a key such as `state`, `config.lr`, `config.lr.value` or `summary_metrics.auc`.

        Raises:
            InvalidRequestError: Runs have no such key.
            TooCostlyError: It is longer than a key may be.
        """
        if len(key) > KEY_CHARACTERS:
            message = f"a key of {len(key)} characters: the limit is {KEY_CHARACTERS}"
            raise TooCostlyError(message)
        name, _, path = key.partition(".")
        column = name.replace("_", "").lower()
        if column not in _COLUMNS:
            message = f"runs cannot be filtered or ordered by {key[:100]!r}"
            raise InvalidRequestError(message)
        if column not in self._columns:
            self._columns[column] = _COLUMNS[column](self.run)
        value = self._columns[column]
        return _inside(value, path) if path else value


def _inside(value: object, path: str) -> object:
    """What stands at `path` in nested objects; keys may have dots, a config value is in `{"value": …}`."""
    if not isinstance(value, Mapping):
        return None
    if path in value:
        found = value[path]
        return found["value"] if isinstance(found, Mapping) and "value" in found else found
    for end in (i for i, character in enumerate(path) if character == "."):
        if path[:end] in value:
            rest, found = path[end + 1 :], value[path[:end]]
            if not rest.startswith("value") and isinstance(found, Mapping) and "value" in found:
                found = found["value"]
            return _inside(found, rest)
    return None
