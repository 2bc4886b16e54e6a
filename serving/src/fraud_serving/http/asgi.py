"""The words of ASGI, which ships no types."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

type Scope = Mapping[str, Any]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type App = Callable[[Scope, Receive, Send], Awaitable[None]]
