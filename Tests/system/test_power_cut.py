"""The store after a crash at every moment: each state its files went through is opened and looked at."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from serve import Serve, binary, eventually, events
from store_record import FILES, STRACE, Disk, Image, Step, read_record
from stream_client import Assembly

SEED = 1
EMAIL, PASSWORD, NEW_PASSWORD = "ada@localhost", "a password of hers", "another of hers"


class Fact(NamedTuple):
    """A value in the database; `None` while there is no such row."""

    query: str
    parameters: tuple = ()

    def look_up(self, database: sqlite3.Connection):
        row = database.execute(self.query, self.parameters).fetchone()
        return row and row[0]


NAME = Fact("SELECT name FROM users WHERE email = ?", (EMAIL,))
HASH = Fact("SELECT password_hash FROM users WHERE email = ?", (EMAIL,))
SESSIONS = Fact(
    "SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email = ? HAVING count(*) > 0", (EMAIL,))
ADMINISTRATORS = Fact("SELECT count(*) FROM users WHERE role = 'admin' HAVING count(*) > 0")


# What was deleted stays for some days, out of sight.
SHOWN = "(SELECT id FROM conversations WHERE id = ? AND deleted_ms IS NULL)"


def title_of(conversation: str) -> Fact:
    return Fact(f"SELECT title FROM conversations WHERE id IN {SHOWN}", (conversation,))


def leaf_of(conversation: str) -> Fact:
    return Fact(f"SELECT active_message_id FROM conversations WHERE id IN {SHOWN}", (conversation,))


def text_of(conversation: str, message: str) -> Fact:
    return Fact(f"SELECT text FROM messages WHERE conversation_id IN {SHOWN} AND id = ?", (conversation, message))


def state_of(conversation: str, generation: str) -> Fact:
    return Fact(f"SELECT state FROM generations WHERE conversation_id IN {SHOWN} AND id = ?", (conversation, generation))


def entry_of(generation: str) -> Fact:
    return Fact("SELECT generation_id FROM calls WHERE generation_id = ?", (generation,))


@dataclass(frozen=True)
class Claim:
    """That a fact has a value: perhaps from the request on, certainly from the answer on."""

    requested: float
    acknowledged: float
    value: str | int | None


class Story:
    """What a client asked for and was told, to be compared with what is found."""

    def __init__(self):
        self.claims: dict[Fact, list[Claim]] = defaultdict(list)

    def claim(self, requested: float, values: dict[Fact, str | int | None]):
        """To be called as soon as the answer has come."""
        now = time.time()
        for fact, value in values.items():
            self.claims[fact].append(Claim(requested, now, value))

    def allowed(self, fact: Fact, now: float) -> list[str | int | None]:
        """What a fact may be, where nothing that was acknowledged may be lost."""
        claims = self.claims[fact]
        told = [claim.value for claim in claims if claim.acknowledged < now]
        asked = [claim.value for claim in claims if claim.acknowledged >= now and claim.requested < now]
        return [told[-1] if told else None, *asked]


class Ada:
    """A client that notes what it is told."""

    def __init__(self, run: Serve, story: Story):
        self.run, self.story = run, story
        self.client = run.client()

    def ask(self, method: str, path: str, body=None) -> tuple[float, dict]:
        """When it was asked, and the answer."""
        requested = time.time()
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return requested, answer.json() if answer.content else {}

    def stored(self, fact: Fact):
        with closing(sqlite3.connect(f"file:{self.run.state}/app.db?mode=ro", uri=True)) as database:
            return fact.look_up(database)

    def register(self):
        requested, answer = self.ask("POST", "/auth/register", {"email": EMAIL, "name": "Ada", "password": PASSWORD})
        self.client.headers["Authorization"] = "Bearer " + answer["access_token"]
        self.story.claim(requested, {NAME: "Ada", SESSIONS: 1, HASH: self.stored(HASH)})

    def sign_in_elsewhere(self):
        requested, _ = self.ask("POST", "/auth/login", {"email": EMAIL, "password": PASSWORD})
        self.story.claim(requested, {SESSIONS: 2})

    def change_password(self):
        before = self.stored(HASH)
        requested, _ = self.ask(
            "POST", "/users/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
        after = self.stored(HASH)
        assert after != before
        self.story.claim(requested, {HASH: after, SESSIONS: 1})

    def rename(self, name: str):
        requested, _ = self.ask("PATCH", "/users/me", {"name": name})
        self.story.claim(requested, {NAME: name})

    def create(self, title: str) -> str:
        requested, answer = self.ask("POST", "/conversations", {"title": title})
        self.story.claim(requested, {title_of(answer["id"]): title})
        return answer["id"]

    def retitle(self, conversation: str, title: str):
        requested, _ = self.ask("PATCH", f"/conversations/{conversation}", {"title": title})
        self.story.claim(requested, {title_of(conversation): title})

    def delete(self, conversation: str):
        facts = [fact for fact in self.story.claims if conversation in fact.parameters]
        requested, _ = self.ask("DELETE", f"/conversations/{conversation}")
        self.story.claim(requested, dict.fromkeys(facts))

    def say(self, conversation: str, stop_behind: float = float("inf"), **message) -> str:
        """Sends a message, reads the answer to its end, and returns the id of the message.

        Stops the answer once it has more than `stop_behind` characters.
        """
        requested, view = time.time(), Assembly()
        with self.client.stream(
            "POST", f"/conversations/{conversation}/messages", json=message, headers={"Accept": "text/event-stream"}
        ) as answer:
            assert answer.status_code == 200, answer.read()
            for identifier, name, data in events(answer.iter_lines()):
                view.take(identifier, name, json.loads(data))
                if name == "generation":
                    ids = json.loads(data)
                    self.claim_beginning(conversation, requested, ids, message)
                if len(view.text) > stop_behind:
                    stop_behind = float("inf")
                    assert self.ask("POST", f"/generations/{view.generation}/stop")[1]["state"] == "stopped"
        assert view.text and view.state in ("completed", "stopped")
        self.story.claim(requested, {
            text_of(conversation, ids["message_id"]): view.text,
            state_of(conversation, view.generation): view.state,
        })
        return ids["user_message_id"]

    def claim_beginning(self, conversation: str, requested: float, ids: dict, message: dict):
        values = {
            text_of(conversation, ids["message_id"]): "",
            state_of(conversation, ids["generation_id"]): "running",
            leaf_of(conversation): ids["message_id"],
            entry_of(ids["generation_id"]): ids["generation_id"],
        }
        if "text" in message:
            values[text_of(conversation, ids["user_message_id"])] = message["text"]
        self.story.claim(requested, values)


def upgrade(run: Serve, tracer: list[str]):
    """What an upgrade does beside a running worker; at its end it empties the log into the database."""
    environment = os.environ | {"ATELIER_STATE": str(run.state), "ATELIER_RUN": str(run.run_directory)}
    subprocess.run([*tracer, binary(), "migrate"], env=environment, check=True)


def tell_story(run: Serve, started: float, tracer: list[str]) -> Story:
    story = Story()
    story.claim(started, {ADMINISTRATORS: 1})  # the run is ready
    ada = Ada(run, story)
    ada.register()
    kept, other = ada.create("Kept"), ada.create("To be deleted")
    question = ada.say(kept, text="Wörter 😀\nand a second line", model="demo/echo")
    ada.say(other, text="x" * 20_000, model="demo/echo")
    ada.sign_in_elsewhere()
    ada.say(kept, text="An edited beginning", parent_id=None)
    upgrade(run, tracer)
    ada.say(kept, reply_to=question)
    ada.say(kept, stop_behind=40, text="A long story", model="demo/showcase")
    ada.change_password()
    ada.retitle(kept, "Another title")
    ada.say(other, text="Once more", model="demo/reason")
    ada.delete(other)
    ada.rename("Ada Lovelace")
    upgrade(run, tracer)
    for _ in range(11):  # more than the 1,000 pages after which a commit empties the log
        ada.say(kept, text="abc " * 98_000, model="demo/fast")
    ada.rename("Ada, Countess of Lovelace")
    ada.say(kept, text="A last word", model="demo/echo")
    return story


# What must never be found, whatever was lost.
HALVES = """
    SELECT 'an answer without its generation', id FROM messages
    WHERE role = 'assistant' AND id NOT IN (SELECT message_id FROM generations)
    UNION ALL
    SELECT 'a generation without its question', id FROM generations
    WHERE user_message_id NOT IN (SELECT id FROM messages WHERE role = 'user')
    UNION ALL
    SELECT 'a message without the one before it', id FROM messages
    WHERE parent_id NOT IN (SELECT id FROM messages)
    UNION ALL
    SELECT 'a conversation that shows a message it has not', id FROM conversations
    WHERE active_message_id IS NOT NULL
        AND active_message_id NOT IN (SELECT id FROM messages WHERE conversation_id = conversations.id)
    UNION ALL
    SELECT 'a generation that ended without its words, or has words before', generations.id
    FROM generations JOIN messages ON messages.id = message_id
    WHERE (state IN ('completed', 'stopped')) <> (text <> '')
    UNION ALL
    SELECT 'a generation without its call in the ledger', id FROM generations
    WHERE id NOT IN (SELECT generation_id FROM calls WHERE generation_id IS NOT NULL)
    UNION ALL
    SELECT 'money spent by a generation that has not ended', generations.id
    FROM generations JOIN calls ON generation_id = generations.id
    WHERE generations.state = 'running' AND calls.state <> 'reserved'
    UNION ALL
    SELECT 'sums that are not those of the calls', '' WHERE
        (SELECT coalesce(sum(cost_nano_usd), 0) FROM calls)
            <> (SELECT coalesce(sum(cost_nano_usd), 0) FROM usage_by_user)
    """


@dataclass
class Finding:
    """What an image was found to hold."""

    faults: list
    values: dict[Fact, str | int | None]


class Looker:
    """Opens images as a restarted product would; equal ones once."""

    def __init__(self, facts: list[Fact]):
        self.facts = facts
        self.known: dict[int, Finding] = {}
        self.place = Path(tempfile.mkdtemp(prefix="image-", dir="/dev/shm"))

    def look(self, image: Image) -> Finding:
        key = hash(tuple(image.items()))
        if key not in self.known:
            for path in self.place.iterdir():
                path.unlink()
            for name, content in image.items():
                (self.place / name).write_bytes(content)
            self.known[key] = self.open()
        return self.known[key]

    def open(self) -> Finding:
        with closing(sqlite3.connect(self.place / "app.db")) as database:
            try:
                integrity = database.execute("PRAGMA integrity_check").fetchall()
                if integrity != [("ok",)]:
                    return Finding(integrity, {})
                if database.execute("PRAGMA user_version").fetchone() == (0,):  # not prepared yet
                    return Finding([], dict.fromkeys(self.facts))
                faults = database.execute("PRAGMA foreign_key_check").fetchall() + database.execute(HALVES).fetchall()
                return Finding(faults, {fact: fact.look_up(database) for fact in self.facts})
            except sqlite3.DatabaseError as error:
                return Finding([repr(error)], {})


def is_worth_a_look(steps: list[Step], index: int) -> bool:
    """Whether something begins or ends near a moment; of those in a long row of pages, some are enough."""
    nearby = steps[max(0, index - 5) : index + 5]
    return index % 100 == 0 or len(nearby) < 10 or not all(step.is_plain for step in nearby)


def check_moments(steps: list[Step], story: Story) -> Counter:
    """Every image of the moments between two steps, against the story up to there."""
    counts, disk, chance, looker = Counter(), Disk(), random.Random(SEED), Looker(list(story.claims))
    try:
        for index, step in enumerate([*steps, None]):
            if is_worth_a_look(steps, index):
                counts["moments"] += 1
                now = step.time if step else time.time()
                for image in disk.after_kill(step):
                    counts["images after a kill"] += 1
                    check(looker.look(image), story, now, f"killed before step {index}, {step}")
                for image in disk.after_power_cut(chance):
                    counts["images after a power cut"] += 1
                    check(looker.look(image), story, now, f"power cut before step {index}, {step}")
            if step:
                disk.take(step)
        counts["different images"] = len(looker.known)
    finally:
        shutil.rmtree(looker.place)
    return counts


def check(finding: Finding, story: Story, now: float, where: str):
    assert not finding.faults, f"{finding.faults}, {where}"
    for fact, value in finding.values.items():
        allowed = story.allowed(fact, now)
        assert value in allowed, f"{fact} is {value!r}, not one of {allowed}, {where}"


def written(state: Path) -> Image:
    return {name: (state / name).read_bytes() for name in FILES if (state / name).exists()}


def test_every_moment_of_a_crash_leaves_a_sound_store_with_all_that_was_acknowledged():
    started = time.time()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as traces:
        tracer = [*STRACE, "-o", f"{traces}/thread"]
        run = Serve(workers=1, command=[*tracer, binary(), "serve", "--nginx", "nginx"])
        try:
            story = tell_story(run, started, tracer)
            run.stop()
            assert eventually(lambda: run.processes() == [])  # the tracer too has ended
            steps = read_record(Path(traces), run.state)
            disk = Disk()
            for step in steps:
                disk.take(step)
            assert next(disk.after_kill(None)) == written(run.state), "the record is not the whole"
        finally:
            run.remove()
    counts = Counter(step.name for step in steps) + check_moments(steps, story)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
