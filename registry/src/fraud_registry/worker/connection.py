"""Questions to W&B's SDK, one after the other in one process: to start it takes longer than most answers."""

from contextlib import ExitStack
from typing import Final, Self

from pydantic import BaseModel

from fraud_contract.errors import NotInRegistry
from fraud_registry.access.account import Account
from fraud_registry.messages import Answer, Failure, Request
from fraud_registry.progress import Progress, Silent
from fraud_registry.worker.child import Child, started

_ABSENT: Final = NotInRegistry.code
"""Of the failures the one that is an answer as well: whoever gives it is sound."""


class Connection:
    """One account, and the process that speaks to it from the first question to the end of the `with` block.

    A process that failed in anything else than not to find something is gone; the next question starts
    another. One thread asks at a time.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._child: Child | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def ask[A: BaseModel](
        self, request: Request, answer: type[A], deadline: float, progress: Progress | None = None
    ) -> A:
        """What the SDK answers to `request`. Raises as `ask` does."""
        child = self._child or self._start()
        try:
            found = child.converse(request, deadline, Silent() if progress is None else progress)
        except BaseException:
            child.interrupt()
            self._end()
            raise
        if child.has_expired or not _is_sound(found):
            self._end()
        if isinstance(found, Answer):
            return answer.model_validate(found.answer)
        raise child.failure if found is None else found.error

    def _start(self) -> Child:
        self._child = self._stack.enter_context(started(self.account))
        return self._child

    def _end(self) -> None:
        self._child = None
        self._stack.close()


def _is_sound(found: Answer | Failure | None) -> bool:
    return isinstance(found, Answer) or (found is not None and found.code == _ABSENT)


Access = Account | Connection
"""Whom to ask: an account by a process for this one question, or a connection by its own."""


def ask[A: BaseModel](
    access: Access, request: Request, answer: type[A], deadline: float, progress: Progress | None = None
) -> A:
    """What the SDK answers to `request`, as an `answer`.

    Args:
        access: the registry; its key goes to the process in the environment only.
        request: what to do.
        answer: class of the answer.
        deadline: seconds; then the process is killed.
        progress: gets the stages.

    Raises:
        RegistryUnauthorized: the key was refused.
        RegistryUnavailable: the registry cannot be reached, or the deadline has passed.
        NotInRegistry: no such artifact, version or alias.
        RegistryError: the SDK failed otherwise.
    """
    if isinstance(access, Connection):
        return access.ask(request, answer, deadline, progress)
    with Connection(access) as connection:
        return connection.ask(request, answer, deadline, progress)
