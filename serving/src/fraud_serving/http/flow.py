"""Back pressure of one connection."""

import asyncio

from uvicorn.protocols.http.flow_control import FlowControl


class Flow(FlowControl):
    """uvicorn's, whose reading can be held, whoever would resume it: while requests stand in line."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._held = False

    def hold(self) -> None:
        """Read nothing until `release`."""
        self._held = True
        self.pause_reading()

    def release(self) -> None:
        """Read on."""
        self._held = False
        self.resume_reading()

    def resume_reading(self) -> None:
        """Read on, unless it is held."""
        if not self._held:
            super().resume_reading()
