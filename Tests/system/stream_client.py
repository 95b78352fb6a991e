"""A client for hundreds of streams at once over TLS, and what it makes of their events."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

TIMEOUT = 60  # seconds for the next sign of life; a live stream gives one every 15


class Unanswered(Exception):
    """There was no answer, or not a whole one: nobody knows what became of the request."""


@asynccontextmanager
async def answering():
    """What may break off, but must not hang."""
    try:
        async with asyncio.timeout(TIMEOUT):
            yield
    except TimeoutError as error:
        raise AssertionError(f"no sign of life for {TIMEOUT} s") from error
    except (OSError, asyncio.IncompleteReadError) as error:
        raise Unanswered(repr(error)) from error


class Site:
    """Where requests go; each on a connection of its own."""

    def __init__(self, port: int, certificate: str):
        self.port = port
        self.tls = ssl.create_default_context(cafile=certificate)

    async def request(self, method: str, path: str, token: str, body=None, **headers) -> tuple[int, dict]:
        """The status and the JSON of an answer."""
        exchange = await Exchange.open(self, method, path, token, body, headers)
        try:
            return exchange.status, await exchange.json()
        finally:
            exchange.leave()


class Exchange:
    """One request and its answer. HTTP/1.0: an answer ends with its connection."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, site: Site, method: str, path: str, token: str, body, headers: dict) -> "Exchange":
        """Sends a request, and returns when the head of its answer has come."""
        data = b"" if body is None else json.dumps(body).encode()
        fields = {"Host": f"localhost:{site.port}", "Authorization": token, "Content-Length": len(data)}
        if data:
            fields["Content-Type"] = "application/json"
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = f"{method} /api/v1{path} HTTP/1.0\r\n" + "".join(f"{n}: {v}\r\n" for n, v in fields.items())
        async with answering():
            exchange = cls(*await asyncio.open_connection(
                "127.0.0.1", site.port, ssl=site.tls, server_hostname="localhost"))
            try:
                exchange.writer.write(head.encode() + b"\r\n" + data)
                await exchange.read_head()
                if exchange.status == 503:
                    raise Unanswered("503")
            except BaseException:
                exchange.leave()
                raise
        return exchange

    async def read_head(self):
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)

    async def json(self) -> dict:
        async with answering():
            return json.loads(await self.reader.readexactly(int(self.headers["content-length"])))

    async def events(self) -> AsyncIterator[tuple[str, str, dict]]:
        """The events as (id, name, data), until the stream ends or breaks off (WHATWG HTML, 9.2.6)."""
        assert self.headers["content-type"] == "text/event-stream", self.headers
        fields = {}
        while True:
            try:
                async with answering():
                    line = (await self.reader.readuntil(b"\n")).decode().removesuffix("\n")
            except Unanswered:
                return
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            else:
                if "event" in fields:
                    yield fields["id"], fields["event"], json.loads(fields["data"])
                fields = {}

    def leave(self):
        self.writer.transport.abort()


@dataclass
class Assembly:
    """What one client has put together of a generation's events, over however many connections.

    Fails on a gap and on a duplicate: ids count what came before (`events.reasoningBytes.textBytes`).
    """

    generation: str | None = None
    events: int = 0
    reasoning: str = ""
    text: str = ""
    state: str | None = None

    @property
    def position(self) -> str:
        return f"{self.events}.{len(self.reasoning.encode())}.{len(self.text.encode())}"

    def take(self, identifier: str, name: str, data: dict):
        assert self.state is None, f"{name} {identifier} after the last event"
        before = self.position
        match name:
            case "delta":
                self.text += data["text"]
            case "reasoning":
                self.reasoning += data["text"]
            case _:
                self.events += 1
        assert identifier == self.position, f"{name} {identifier} after {before}: {data}"
        match name:
            case "generation":
                assert before == "0.0.0"
                self.generation = data["generation_id"]
            case "done" | "error":
                self.state = data["state"]
