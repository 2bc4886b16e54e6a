"""A client that speaks NDJSON both ways over one connection, and reads only when it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from support.processes import Process


@dataclass
class Stream:
    """A request whose body is sent in chunks, and its answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    _text: bytes = b""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, process: Process, path: str = "/predict/batch", **headers: str
    ) -> AsyncIterator[Self]:
        """A stream to `process`, ended with the context."""
        reader, writer = await asyncio.open_connection("127.0.0.1", process.http_port, limit=1 << 20)
        try:
            told = {"host": "x", "content-type": "application/x-ndjson", "transfer-encoding": "chunked"}
            told |= {name.replace("_", "-"): value for name, value in headers.items()}
            head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
            writer.write("\r\n".join(head).encode())
            yield cls(reader, writer)
        finally:
            writer.transport.abort()

    async def send(self, content: bytes) -> None:
        """Send a chunk; returns when there is room for more."""
        self.writer.write(b"%x\r\n%b\r\n" % (len(content), content))
        await self.writer.drain()

    async def end(self) -> None:
        """End the body."""
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    async def line(self) -> dict[str, Any] | None:
        """The next line of the answer; None at its end."""
        if not self.status:
            await self._head()
        while b"\n" not in self._text:
            if "content-length" in self.headers:
                return None
            size = int(await self.reader.readline() or b"0", 16)
            chunk = (await self.reader.readexactly(size + 2))[:-2] if size else b""
            if not chunk:
                return None
            self._text += chunk
        line, self._text = self._text.split(b"\n", 1)
        told: dict[str, Any] = json.loads(line)
        return told

    async def lines(self) -> list[dict[str, Any]]:
        """All lines that are left of the answer."""
        told = []
        while (line := await self.line()) is not None:
            told.append(line)
        return told

    async def _head(self) -> None:
        self.status = int((await self.reader.readline()).split()[1])
        while line := (await self.reader.readline()).strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name] = value
        if length := self.headers.get("content-length"):  # refused as a whole
            self._text = await self.reader.readexactly(int(length)) + b"\n"


async def stream(process: Process, *chunks: bytes, **headers: str) -> list[dict[str, Any]]:
    """The lines that a body in `chunks` is answered with, read while it is sent."""
    async with Stream.open(process, **headers) as opened:

        async def send() -> None:
            for chunk in chunks:
                await opened.send(chunk)
            await opened.end()

        sending = asyncio.create_task(send())
        told = await opened.lines()
        await sending
        return told
