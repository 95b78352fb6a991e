"""An AI provider like OpenRouter that remembers every word it has sent, for as many streams as wanted."""

import asyncio
import json
import random
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

PROMPT_PRICE, WORD_PRICE = 100, 1000  # nano-USD
MODEL = {
    "id": "recording/words",
    "name": "Words",
    "context_length": 32768,
    "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
    "pricing": {"prompt": "0.0000001", "completion": "0.000001"},
}


@dataclass
class Answer:
    """What is answered to a prompt: a function of it, and so known to a test beforehand."""

    thoughts: list[str]
    words: list[str]

    @classmethod
    def to(cls, prompt: str) -> "Answer":
        chance = random.Random(prompt)
        name = prompt.split()[0]
        thoughts = [f"hm·{name}·{i} " for i in range(chance.choice([0, 0, 5]))]
        ends = [" ", " ", "é ", "\n", "😀 "]
        return cls(thoughts, [f"{name}·{i}{chance.choice(ends)}" for i in range(chance.randint(15, 50))])

    @property
    def text(self) -> str:
        return "".join(self.words)


@dataclass
class Call:
    """One call of a client, and how much of the answer has left."""

    id: str
    reasoning: str = ""
    text: str = ""
    pieces: int = 0
    has_ended: bool = False

    @property
    def cost(self) -> int:
        """In nano-USD."""
        return PROMPT_PRICE + self.pieces * WORD_PRICE

    @property
    def usage(self) -> dict:
        return {"prompt_tokens": 1, "completion_tokens": self.pieces, "cost": self.cost / 1e9}


class RecordingProvider:
    """Answers on 127.0.0.1, in the event loop of whoever starts it."""

    def __init__(self, pause: float, models=(MODEL["id"],)):
        self.pause = pause
        self.models = [MODEL | {"id": model} for model in models]
        self.calls: dict[str, list[Call]] = {}  # by prompt
        self.by_id: dict[str, Call] = {}
        self.titles = 0

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/v1"

    async def serve(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target = head.split()[:2]
            length = next((int(l[15:]) for l in head.split("\r\n") if l.lower().startswith("content-length:")), 0)
            body = await reader.readexactly(length)
            if method == "POST":
                await self.answer(json.loads(body), reader, writer)
            elif urlsplit(target).path.endswith("/models"):
                self.send_json(writer, "200 OK", {"data": self.models})
            else:
                self.account(parse_qs(urlsplit(target).query)["id"][0], writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def account(self, identifier: str, writer):
        """`GET /generation?id=`: the record of a call that has ended."""
        call = self.by_id.get(identifier)
        if call is None or not call.has_ended:
            return self.send_json(writer, "404 Not Found", {"error": {"code": 404, "message": "Not found"}})
        self.send_json(writer, "200 OK", {"data": {
            "id": call.id, "total_cost": call.cost / 1e9, "tokens_prompt": 1, "tokens_completion": call.pieces,
            "native_tokens_prompt": 1, "native_tokens_completion": call.pieces,
        }})

    async def answer(self, request: dict, reader, writer):
        messages = request["messages"]
        call = Call(f"gen-{len(self.by_id)}")
        self.by_id[call.id] = call
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            if self.breaks(request):  # before the first word
                return self.send_event(writer, call, choices=[{"index": 0, "delta": {"role": "assistant"}}])
            if messages[0]["role"] == "system":  # only titles are asked for like that
                self.titles += 1
                self.send_delta(writer, call, "content", "A title")
            else:
                # A message that had no answer stands before it, as a paragraph of its own.
                prompt = messages[-1]["content"].split("\n\n")[-1]
                self.calls.setdefault(prompt, []).append(call)
                await self.speak(Answer.to(prompt), call, reader, writer)
            self.send_event(writer, call, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
            self.send_event(writer, call, choices=[], usage=call.usage)
            writer.write(b"data: [DONE]\n\n")
        finally:
            call.has_ended = True

    def breaks(self, request: dict) -> bool:
        """Whether the answer to a request ends before it has begun."""
        return False

    async def speak(self, answer: Answer, call: Call, reader, writer):
        pieces = [("reasoning", t) for t in answer.thoughts] + [("content", w) for w in answer.words]
        for kind, piece in pieces:
            await asyncio.sleep(self.pause)
            if reader.at_eof() or writer.is_closing():
                raise ConnectionResetError
            if kind == "content":
                call.text += piece
            else:
                call.reasoning += piece
            self.send_delta(writer, call, kind, piece)

    def send_delta(self, writer, call: Call, kind: str, piece: str):
        call.pieces += 1
        self.send_event(writer, call, choices=[{"index": 0, "delta": {kind: piece}, "finish_reason": None}])

    def send_event(self, writer, call: Call, **fields):
        event = {"id": call.id, "object": "chat.completion.chunk", "model": MODEL["id"]} | fields
        writer.write(b"data: " + json.dumps(event).encode() + b"\n\n")

    def send_json(self, writer, status: str, value):
        data = json.dumps(value).encode()
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n".encode())
        writer.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
