"""What one person may take, and what one bad file or one long answer may cost: the others do not notice."""

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from openai_server import OpenAIServer
from serve import PASSWORD, Serve, conversation, eventually


@pytest.fixture
def run():
    """Two workers, and a model whose answers take a minute."""
    upstream = OpenAIServer(words=["word "] * 600, pause=0.1)
    run = Serve(ATELIER_PROVIDER_URL=upstream.url, ATELIER_VIEWERS_PER_PERSON="64")
    with run.client() as client:
        assert eventually(lambda: run.signed_in().get("/models").json()["default_model"])
    yield run
    run.remove()
    upstream.stop()


def registered(run, email):
    with run.client() as client:
        client.post("/auth/register", json={"email": email, "name": "Ada", "password": PASSWORD}).raise_for_status()
    return run.signed_in(email)


def send(client):
    return client.post(f"/conversations/{conversation(client)}/messages", json={"text": "Hi"})


def test_one_person_has_eight_answers_over_all_workers_and_a_killed_worker_gives_its_own_back(run):
    with run.signed_in() as ada, registered(run, "bob@localhost") as bob:
        assert [send(ada).status_code for _ in range(8)] == [202] * 8
        for _ in range(4):  # whichever worker is asked
            refused = send(ada)
            assert refused.status_code == 429 and refused.json()["code"] == "too_many_answers"
            assert int(refused.headers["Retry-After"]) > 0
        assert send(bob).status_code == 202
        for worker in run.workers():
            os.kill(worker, signal.SIGKILL)
        assert eventually(lambda: send(ada).status_code == 202)
        assert [send(ada).status_code for _ in range(7)] == [202] * 7
        assert send(ada).status_code == 429


def test_a_bad_stream_file_stops_neither_a_start_nor_the_jobs(run):
    streams = run.run_directory / "streams"
    (streams / "unknown").write_bytes(b"\0\0\0\0\x09")
    (streams / "zeros").write_bytes(bytes(64))
    (streams / "directory").mkdir()
    for process in run.supervised():
        os.kill(process, signal.SIGKILL)
    assert eventually(lambda: list(streams.iterdir()) == [])
    assert eventually(lambda: run.client().get("/health").status_code == 200)
    assert "could not be read to its end" in run.log and "damaged-streams/zeros" in run.log
    with run.signed_in() as client:
        assert send(client).status_code == 202


def peak(process: int) -> int:
    """The most memory a process has ever had, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def test_forty_readers_of_a_long_answer_hold_a_piece_each(run):
    text = "word " * 2_400_000  # 12 MB
    with run.signed_in() as client:
        ids = send(client).json()
        client.post(f"/generations/{ids['generation_id']}/stop").raise_for_status()
        with closing(sqlite3.connect(run.state / "app.db", timeout=20)) as database:
            with database:
                database.execute("UPDATE messages SET text = ? WHERE id = ?", (text, ids["message_id"]))
        before = sum(peak(worker) for worker in run.workers())
        path = f"/generations/{ids['generation_id']}/events"
        readers = [client.stream("GET", path) for _ in range(40)]
        answers = [reader.__enter__() for reader in readers]
        for answer in answers:  # each has begun, and then reads no further
            assert answer.status_code == 200
            next(answer.iter_raw())
        time.sleep(1)
        grown = sum(peak(worker) for worker in run.workers()) - before
        print(f"{grown} MB for {len(readers)} readers")
        assert grown < 300
        for reader in readers:
            reader.__exit__(None, None, None)
