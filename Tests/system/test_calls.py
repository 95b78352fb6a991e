"""What costs money: one row for each request that the provider has seen, whatever became of it."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import threading
from contextlib import closing

from recording_provider import RecordingProvider
from serve import PASSWORD, Serve, binary, chat, conversation, eventually, events

FIRST, SECOND = "recording/first", "recording/second"


class UnsoundProvider(RecordingProvider):
    """Breaks the first answer to a prompt that says so, and all of its first model's to another."""

    def __init__(self):
        super().__init__(pause=0.05, models=(FIRST, SECOND))
        self.broken = set()

    def breaks(self, request):
        prompt = request["messages"][-1]["content"]
        if prompt.startswith("fall-back"):
            return request["model"] == FIRST
        is_first = prompt.startswith("retry") and prompt not in self.broken
        self.broken.add(prompt)
        return is_first


def in_background(provider):
    """Runs the provider in a thread of its own."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    asyncio.run_coroutine_threadsafe(provider.start(), loop).result()
    return loop


def rows(run, query):
    with closing(sqlite3.connect(f"file:{run.state}/app.db?mode=ro", uri=True, timeout=20)) as database:
        return database.execute(query).fetchall()


def watch(client, identifier, prompt, until):
    """Sends a message, and leaves after so many words of the answer."""
    generation, words = None, 0
    with client.stream("POST", f"/conversations/{identifier}/messages", json={"text": prompt},
                       headers={"Accept": "text/event-stream"}) as answer:
        for _, name, data in events(answer.iter_lines()):
            generation = generation or json.loads(data)["generation_id"]
            words += name == "delta"
            if words == until:
                return generation


def rebuilt(run):
    """What `atelier ledger rebuild` says."""
    environment = {"PATH": os.environ["PATH"], "ATELIER_STATE": str(run.state),
                   "ATELIER_RUN": str(run.run_directory), "ATELIER_ADMIN_PASSWORD": PASSWORD}
    done = subprocess.run([binary(), "ledger", "rebuild"], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_request_that_the_provider_has_seen_is_a_call_with_its_cost():
    provider = UnsoundProvider()
    loop = in_background(provider)
    run = Serve(workers=1, ATELIER_PROVIDER_URL=provider.url, ATELIER_PROVIDER_KEY="key",
                ATELIER_PROVIDER_KIND="openrouter", ATELIER_DEFAULT_MODEL=FIRST)
    try:
        with run.signed_in() as client:
            assert eventually(lambda: len(client.get("/models").json()["items"]) == 2)
            assert chat(client, conversation(client), "retry me")[-1][1] == "done"
            assert chat(client, conversation(client, fallback_models=[SECOND]), "fall-back to another")[-1][1] == "done"
            stopped = watch(client, conversation(client), "stop me", until=3)
            assert client.post(f"/generations/{stopped}/stop").json()["state"] == "stopped"
            killed = watch(client, conversation(client), "kill me", until=3)
            os.kill(run.workers()[0], signal.SIGKILL)
            ended = lambda: rows(run, f"SELECT state FROM generations WHERE id = '{killed}'") == [("interrupted",)]
            assert eventually(ended, 30)
        assert eventually(lambda: not rows(run, "SELECT 1 FROM calls WHERE state = 'reserved'"), 60)
        calls = rows(run, "SELECT upstream_id, cost_nano_usd, cost_estimated, state FROM calls")
        assert sorted(calls) == sorted((call.id, call.cost, 0, "settled") for call in provider.by_id.values())
        assert len(calls) >= 2 + 3 + 1 + 1 + 2, "retry, fallback, stop, kill, and titles"
        assert "all sums agreed" in rebuilt(run)
        shown = dict(rows(run, "SELECT id, cost_nano_usd FROM generations"))
        summed = dict(rows(run, """
            SELECT generation_id, sum(cost_nano_usd) FROM calls WHERE generation_id IS NOT NULL GROUP BY generation_id"""))
        assert shown == summed
    finally:
        run.remove()
        loop.call_soon_threadsafe(loop.stop)
