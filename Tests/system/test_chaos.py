"""Workers die, clients come and go: nothing that was acknowledged may be lost, and nothing sent twice.

ATELIER_CHAOS_STREAMS, ATELIER_CHAOS_SECONDS and ATELIER_CHAOS_SEED set the size, and repeat a run.
"""

import asyncio
import os
import random
import signal
import sqlite3
import time
import uuid
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field

from recording_provider import Answer, RecordingProvider
from serve import PASSWORD, Serve
from stream_client import Assembly, Exchange, Site, Unanswered

STREAMS = int(os.environ.get("ATELIER_CHAOS_STREAMS", 40))
SECONDS = float(os.environ.get("ATELIER_CHAOS_SECONDS", 15))
SEED = os.environ.get("ATELIER_CHAOS_SEED") or str(random.randrange(10**9))
WORKERS = 4
USERS = 5
PAUSE = 0.1  # between two words of an answer
PATIENCE = 90  # seconds for what runs when the chaos ends


@dataclass
class Sending:
    """A message under one idempotency key, and what every client that sent it has seen."""

    conversation: str
    prompt: str
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    views: list[Assembly] = field(default_factory=list)


class Person:
    """Keeps one stream going: sends, watches, leaves, comes back, stops."""

    def __init__(self, number: int, site: Site, token: str, counts: Counter):
        self.number, self.site, self.token, self.counts = number, site, token, counts
        self.chance = random.Random(f"{SEED}-{number}")
        self.sendings: list[Sending] = []

    async def live(self, end: float):
        while time.monotonic() < end:
            conversation = (await self.insist("POST", "/conversations", {}, expecting=201))["id"]
            for _ in range(self.chance.randint(1, 3)):
                if time.monotonic() < end:
                    await self.converse(conversation)

    async def converse(self, conversation: str):
        sending = Sending(conversation, f"{self.number}-{len(self.sendings)} “say it”\n\tin {self.chance.random()} ways")
        self.sendings.append(sending)
        self.counts["messages"] += 1
        is_doubled = self.chance.random() < 0.15
        self.counts["doubled"] += is_doubled
        sending.views = [Assembly() for _ in range(1 + is_doubled)]
        async with asyncio.TaskGroup() as group:
            for view in sending.views:
                group.create_task(self.send(sending, view))

    async def send(self, sending: Sending, view: Assembly):
        """Repeats the sending until it is acknowledged, and then watches it as this person likes to."""
        wants_stream = self.chance.random() < 0.7
        while view.generation is None:
            hurry = self.chance.uniform(0, 0.05) if self.chance.random() < 0.2 else None  # gone before the answer
            try:
                async with asyncio.timeout(hurry):
                    await (self.post_and_watch if wants_stream else self.post)(sending, view)
            except (Unanswered, TimeoutError):
                pass
            if view.generation is None:
                self.counts["repeated"] += 1
                await asyncio.sleep(self.chance.uniform(0, 0.5))
        await self.follow(view)

    async def post(self, sending: Sending, view: Assembly):
        status, ids = await self.site.request("POST", **self.message(sending))
        assert status == 202, (status, ids)
        view.generation = ids["generation_id"]

    async def post_and_watch(self, sending: Sending, view: Assembly):
        await self.watch(view, "POST", **self.message(sending))

    def message(self, sending: Sending) -> dict:
        return {
            "path": f"/conversations/{sending.conversation}/messages", "token": self.token,
            "body": {"text": sending.prompt}, "Idempotency_Key": sending.key,
        }

    async def follow(self, view: Assembly):
        if self.chance.random() < 0.2:
            await asyncio.sleep(self.chance.uniform(0, 2))
            stopped = await self.insist("POST", f"/generations/{view.generation}/stop")
            assert stopped["state"] in ("stopped", "completed", "interrupted"), stopped
            self.counts["stops"] += 1
        if self.chance.random() < 0.1:
            return  # never to be seen again
        while view.state is None:
            await asyncio.sleep(self.chance.choice([0, 0, self.chance.uniform(0, 2)]))
            self.counts["re-attachments"] += 1
            try:
                await self.watch(
                    view, "GET", f"/generations/{view.generation}/events", self.token, Last_Event_ID=view.position)
            except Unanswered:
                pass

    async def watch(self, view: Assembly, method: str, path: str, token: str, body=None, **headers):
        """Reads a stream until it ends, or this person has seen enough for now."""
        exchange = await Exchange.open(self.site, method, path, token, body, {"Accept": "text/event-stream"} | headers)
        assert exchange.status == 200, (exchange.status, await exchange.json())
        enough = self.chance.choice([None, self.chance.randint(1, 40)])
        try:
            async for event in exchange.events():
                view.take(*event)
                enough = enough and enough - 1
                if enough == 0:
                    return
        finally:
            exchange.leave()

    async def insist(self, method: str, path: str, body=None, expecting=200) -> dict:
        while True:
            try:
                status, answer = await self.site.request(method, path, self.token, body)
            except Unanswered:
                await asyncio.sleep(self.chance.uniform(0.1, 0.5))
            else:
                assert status == expecting, (status, answer)
                return answer


async def torment(run: Serve, end: float, counts: Counter):
    """Kills and drains processes, one at a time; their supervisor starts others."""
    chance = random.Random(SEED)
    while time.monotonic() < end:
        await asyncio.sleep(chance.uniform(0.2, 2))
        victims = await asyncio.to_thread(run.supervised)
        number, name = chance.choice([(signal.SIGKILL, "kills"), (signal.SIGTERM, "drains")])
        try:
            os.kill(chance.choice(victims), number)
            counts[name] += 1
        except ProcessLookupError:
            pass  # it has ended since


async def until(condition, seconds: float):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
    assert condition(), f"not within {seconds} s"


def rows(run: Serve, query: str) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{run.state}/app.db?mode=ro", uri=True, timeout=20)) as database:
        return database.execute(query).fetchall()


def tokens(run: Serve) -> list[str]:
    with run.client() as client:
        answers = [
            client.post("/auth/register", json={"email": f"{i}@localhost", "name": f"Person {i}", "password": PASSWORD})
            for i in range(USERS)
        ]
    return ["Bearer " + answer.json()["access_token"] for answer in answers]


async def chaos(provider: RecordingProvider, run: Serve, counts: Counter) -> list[Sending]:
    """The whole time of it, until nothing runs any more."""
    site = Site(run.port, str(run.state / "tls/certificate.pem"))
    signed_in = await asyncio.to_thread(tokens, run)
    people = [Person(i, site, signed_in[i % USERS], counts) for i in range(STREAMS)]
    end = time.monotonic() + SECONDS
    async with asyncio.timeout(SECONDS + PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(torment(run, end, counts))
        for person in people:
            group.create_task(person.live(end))
    await until(lambda: not rows(run, "SELECT 1 FROM generations WHERE state IN ('queued', 'running')"), PATIENCE)
    for directory in ["streams", "stops"]:
        await until(lambda: not list((run.run_directory / directory).iterdir()), PATIENCE)
    return [sending for person in people for sending in person.sendings]


GENERATIONS = """
    SELECT idempotency_key, generations.id, state, question.text, answer.text, coalesce(answer.reasoning, ''), cost_nano_usd
    FROM generations JOIN messages AS question ON question.id = user_message_id
        JOIN messages AS answer ON answer.id = message_id
    """


def check(sending: Sending, stored: tuple, provider: RecordingProvider):
    """One message and its answer against what was sent, and against what every client has seen."""
    identifier, state, question, text, reasoning, cost = stored
    calls = provider.calls.get(sending.prompt, [])
    assert question == sending.prompt
    assert len(calls) <= 1, "the provider was asked, and paid, twice"
    sent = calls[0].text if calls else ""
    assert state in ("completed", "stopped", "interrupted")
    assert sent.startswith(text)
    assert (calls[0].reasoning if calls else "").startswith(reasoning)
    if state == "completed":
        assert text == Answer.to(sending.prompt).text
        assert cost == calls[0].cost
    for view in sending.views:
        assert view.generation == identifier
        assert text.startswith(view.text) and reasoning.startswith(view.reasoning)
        if view.state is not None:
            assert (view.state, view.text, view.reasoning) == (state, text, reasoning)


def check_database(run: Serve, sendings: list[Sending], provider: RecordingProvider, counts: Counter):
    stored = {key: generation for key, *generation in rows(run, GENERATIONS)}
    assert stored.keys() == {sending.key for sending in sendings}
    assert rows(run, "SELECT count(*) FROM generations") == [(len(sendings),)]
    assert rows(run, "SELECT count(*) FROM messages") == [(2 * len(sendings),)]
    for sending in sendings:
        try:
            check(sending, stored[sending.key], provider)
        except AssertionError as error:
            raise AssertionError(f"{sending}\nstored: {stored[sending.key]}\n"
                                 f"sent: {provider.calls.get(sending.prompt)}") from error
    for generation in stored.values():
        counts[generation[1]] += 1


def check_calls(run: Serve, sendings: list[Sending], provider: RecordingProvider, counts: Counter):
    """Every request that the provider has seen stands in the books once, with its cost."""
    assert not rows(run, """
        SELECT id FROM generations WHERE id NOT IN (SELECT generation_id FROM calls WHERE generation_id IS NOT NULL)""")
    [(titles,)] = rows(run, "SELECT count(*) FROM calls WHERE feature = 'title'")
    assert 0 < provider.titles <= titles <= len(sendings)  # a call is written down before it is made
    counts["titles"] = titles
    [(calls,)] = rows(run, "SELECT count(*) FROM calls")
    assert len(provider.by_id) <= calls
    named = rows(run, "SELECT upstream_id, reported_nano_usd FROM calls WHERE upstream_id IS NOT NULL")
    assert len({identifier for identifier, _ in named}) == len(named)
    wrong = [(i, cost) for i, cost in named if cost not in (None, provider.by_id[i].cost)]
    assert not wrong, wrong
    spent = rows(run, "SELECT count(*), sum(cost_nano_usd) FROM calls")
    for table in ["usage_by_user", "usage_by_model"]:
        assert rows(run, f"SELECT sum(calls), sum(cost_nano_usd) FROM {table}") == spent


def test_nothing_is_lost_and_nothing_is_done_twice():
    print(f"ATELIER_CHAOS_SEED={SEED}")
    counts = Counter(streams=STREAMS)

    async def scenario():
        provider = RecordingProvider(PAUSE)
        await provider.start()
        run = await asyncio.to_thread(
            Serve, WORKERS, ATELIER_ANSWERS_PER_PERSON=str(STREAMS), ATELIER_VIEWERS_PER_PERSON=str(4 * STREAMS),
            ATELIER_PROVIDER_URL=provider.url, ATELIER_PROVIDER_KEY="key", ATELIER_PROVIDER_KIND="openrouter")
        try:
            sendings = await chaos(provider, run, counts)
            check_database(run, sendings, provider, counts)
            await until(lambda: not rows(run, "SELECT 1 FROM calls WHERE state = 'reserved'"), 60)
            check_calls(run, sendings, provider, counts)
            assert rows(run, "PRAGMA integrity_check") == [("ok",)]
        finally:
            print(", ".join(f"{count} {name}" for name, count in counts.items()))
            await asyncio.to_thread(run.remove)

    asyncio.run(scenario())
