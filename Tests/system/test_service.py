"""The product as a whole: nginx, workers and the supervisor, from outside."""

import concurrent.futures
import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest
from serve import DEBUG, ROOT, Serve, binary, chat, conversation, eventually, events
from openai_server import OpenAIServer


def text_of(stream):
    return "".join(json.loads(data)["text"] for _, name, data in stream if name == "delta")


def test_the_demo_answers_with_no_key_and_no_network(serve):
    with serve.signed_in() as client:
        models = client.get("/models").json()
        assert all(provider["demo"] for provider in models["providers"])
        stream = chat(client, conversation(client), "Say it back", model="demo/echo")
        assert stream[0][1] == "generation" and stream[-1][1] == "done"
        assert "Say it back" in text_of(stream)
        done = json.loads(stream[-1][2])
        assert done["state"] == "completed" and done["completion_tokens"] > 0


def test_words_arrive_while_they_are_written(serve):
    with serve.signed_in() as client:
        arrivals = []
        with client.stream(
            "POST",
            f"/conversations/{conversation(client)}/messages",
            json={"text": "Hi", "model": "demo/slow"},
            headers={"Accept": "text/event-stream"},
        ) as answer:
            assert answer.http_version == "HTTP/1.1"
            for _, name, _ in events(answer.iter_lines()):
                arrivals.append((name, time.monotonic()))
        deltas = [moment for name, moment in arrivals if name == "delta"]
        assert len(deltas) > 3 and deltas[-1] - deltas[0] > 0.3


def test_any_openai_compatible_server_will_do():
    upstream = OpenAIServer()
    run = Serve(ATELIER_PROVIDER_URL=upstream.url, ATELIER_PROVIDER_KEY="sk-local")
    try:
        with run.signed_in() as client:
            assert eventually(lambda: client.get("/models").json()["default_model"] == "local-model")
            identifier = conversation(client)
            stream = chat(client, identifier, "What is it?")
            assert text_of(stream) == "Hello from elsewhere."
            assert [m["text"] for m in client.get(f"/conversations/{identifier}/messages").json()["items"]] == [
                "What is it?",
                "Hello from elsewhere.",
            ]
        authorization, body = upstream.requests[0]
        assert authorization == "Bearer sk-local"
        assert body["stream"] is True and body["messages"][-1]["content"] == "What is it?"
        assert "sk-local" not in run.log and "What is it?" not in run.log
    finally:
        run.remove()
        upstream.stop()


def test_killing_a_worker_costs_only_the_requests_inside_it():
    run = Serve()
    threads, total = 8, 1000
    try:
        token = run.signed_in().headers["Authorization"]
        done = threading.Semaphore(0)

        def requests(count):
            failures = []
            with run.client(headers={"Authorization": token}) as client:
                for _ in range(count):
                    try:
                        status = client.get("/conversations").status_code
                    except httpx.HTTPError as error:
                        status = repr(error)
                    if status != 200:
                        failures.append(status)
                    done.release()
            return failures

        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            results = [pool.submit(requests, total // threads) for _ in range(threads)]
            for _ in range(total // 2):
                done.acquire()
            victim = run.workers()[0]
            os.kill(victim, signal.SIGKILL)
            failures = [status for result in results for status in result.result()]
        print(f"{total} requests, {len(failures)} failed: {failures}")
        assert len(failures) <= threads
        assert set(failures) <= {503}
        assert eventually(lambda: len(run.workers()) == 2 and victim not in run.workers())
        assert "ended unexpectedly" in run.log
    finally:
        run.remove()


def test_a_killed_worker_leaves_what_it_had_written():
    upstream = OpenAIServer(words=["word "] * 200, pause=0.05)
    run = Serve(workers=1, ATELIER_PROVIDER_URL=upstream.url)
    try:
        with run.signed_in() as client:
            assert eventually(lambda: client.get("/models").json()["default_model"])
            identifier = conversation(client)
            ids = client.post(f"/conversations/{identifier}/messages", json={"text": "Go on"}).json()
            generation = f"/generations/{ids['generation_id']}"
            with client.stream("GET", generation + "/events") as answer:
                seen = []
                for event in events(answer.iter_lines()):
                    seen.append(event)
                    if len(text_of(seen)) > 30:
                        os.kill(run.workers()[0], signal.SIGKILL)
                        break
            assert eventually(lambda: run.client().get("/health/live").status_code == 200)
            rest = client.get(generation + "/events", headers={"Last-Event-ID": seen[-1][0]}).text
            stored = client.get(generation).json()
            assert stored["state"] == "interrupted"
            assert stored["text"].startswith(text_of(seen))
            assert text_of(seen) + text_of(events(rest.split("\n"))) == stored["text"]
    finally:
        run.remove()
        upstream.stop()


def test_answers_leave_nothing_in_memory():
    run = Serve(workers=1)
    try:
        [worker] = run.workers()
        client = run.signed_in()
        path = f"/conversations/{client.post('/conversations', json={'title': 'Many'}).json()['id']}/messages"

        def ask(_):
            message = {"text": "Hello", "model": "demo/echo", "parent_id": None}
            return client.post(path, json=message, headers={"Accept": "text/event-stream"}).status_code

        def kilobytes_after(count):
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                assert set(pool.map(ask, range(count))) == {200}
            rollup = Path(f"/proc/{worker}/smaps_rollup").read_text()
            return int(re.search(r"Anonymous:\s+(\d+)", rollup)[1])

        before = kilobytes_after(1000)  # caches fill, and the allocator finds its size
        assert kilobytes_after(1000) < before + 4000  # 4 KB each would be one answer's objects
    finally:
        run.remove()


def test_stopping_reaches_every_worker(serve):
    with serve.signed_in() as client:
        for _ in range(6):  # some of these stops arrive at the other worker
            ids = client.post(
                f"/conversations/{conversation(client)}/messages", json={"text": "Hi", "model": "demo/slow"}
            ).json()
            stopped = client.post(f"/generations/{ids['generation_id']}/stop").json()
            assert stopped["state"] == "stopped"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_leaves_no_process(number):
    run = Serve()
    try:
        assert len(run.workers()) == 2
        assert run.stop(number) == 0
        assert eventually(lambda: run.processes() == [])
    finally:
        run.remove()


def test_nothing_outlives_a_killed_supervisor():
    run = Serve()
    try:
        os.kill(run.process.pid, signal.SIGKILL)
        assert eventually(lambda: run.processes() == [])
    finally:
        run.remove()


def test_a_second_serve_on_the_same_state_is_told_so(serve):
    second = subprocess.run(
        ["nginx/serve", "--port", "1", "--state", str(serve.state)] + DEBUG, cwd=ROOT, capture_output=True, text=True
    )
    assert second.returncode != 0
    assert "Another `atelier serve` uses" in second.stderr


def test_wrong_settings_are_all_named():
    environment = os.environ | {"ATELIER_REGISTRATION": "maybe", "ATELIER_THREADS": "0", "ATELIER_PROVIDER_URL": "nonsense"}
    result = subprocess.run([binary(), "check"], env=environment, capture_output=True, text=True)
    assert result.returncode != 0
    for key in ["ATELIER_REGISTRATION", "ATELIER_THREADS", "ATELIER_PROVIDER_URL"]:
        assert key in result.stderr


@pytest.mark.skipif(bool(DEBUG), reason="the debug build is not stripped")
def test_the_binary_is_small():
    assert Path(binary()).stat().st_size < 40_000_000


SECURITY_HEADERS = [
    "strict-transport-security", "content-security-policy", "x-content-type-options", "referrer-policy",
    "permissions-policy", "cross-origin-opener-policy",
]


@pytest.mark.parametrize("path", ["/", "/c/some-id", "/assets/x/app.js", "/assets/x/none.js", "/assets/x/bundled/markdown-it.js", "/api/v1/health", "/api/v1/users/me", "/vendor/dompurify/purify.min.js", "/robots.txt"])
def test_every_answer_carries_the_security_headers(serve, path):
    answer = serve.client().get(serve.url + path)
    for name in SECURITY_HEADERS:
        assert name in answer.headers, f"{name} on {path} ({answer.status_code})"


def test_an_upload_that_is_too_large_is_refused_clearly(serve):
    with serve.signed_in() as client:
        answer = client.post("/conversations", content=b"x" * (3 << 20), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert answer.json()["code"] == "body_too_large"


def test_routing_errors_are_problems(serve):
    client = serve.client()
    missing = client.get("/nowhere")
    assert missing.status_code == 404 and missing.json()["code"] == "not_found"
    assert missing.headers["content-type"] == "application/problem+json"
    wrong = client.put("/conversations")
    assert wrong.status_code == 405 and "POST" in wrong.headers["allow"]
    assert missing.json()["request_id"] == missing.headers["x-request-id"]


def test_old_tls_is_refused(serve):
    result = subprocess.run(
        ["openssl", "s_client", "-connect", f"localhost:{serve.port}", "-tls1_1"], input="", capture_output=True, text=True
    )
    assert result.returncode != 0


@pytest.fixture
def small_disk(tmp_path):
    """A product whose state lies on 8 MB, and a file that takes all of them but for what is left free."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=True)
    run = None

    def fill(free=0):
        with open(disk / "ballast", "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * 4096)
            file.truncate(file.tell() - free)
        return disk / "ballast"

    try:
        run = Serve(state=disk / "state")
        yield run, fill
    finally:
        if run:
            run.stop()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_said_clearly_and_recovers(small_disk):
    run, fill = small_disk
    with run.signed_in() as client:
        identifier = conversation(client)
        ballast = fill()
        health = run.health(503)
        refused = client.post(f"/conversations/{identifier}/messages", json={"text": "x" * 100_000})
        assert refused.status_code == 507 and refused.json()["code"] == "storage_full", refused.text
        assert health["checks"]["disk"] == "disk_full", health
        assert client.get(f"/conversations/{identifier}/messages").json()["items"] == []
        ballast.unlink()
        assert text_of(chat(client, identifier, "Hello again", model="demo/echo"))
        run.health(200)
    assert len(run.workers()) == 2


def test_what_is_left_of_a_disk_is_for_signing_in_stopping_and_deleting(small_disk):
    run, fill = small_disk
    with run.signed_in() as client:
        identifier = conversation(client)
        ballast = fill(free=384 << 10)
        for path, body in [("/conversations", {}), (f"/conversations/{identifier}/messages", {"text": "Hi"})]:
            refused = client.post(path, json=body)
            assert refused.status_code == 507 and refused.json()["code"] == "storage_full", refused.text
        with run.signed_in() as again:
            assert again.delete(f"/conversations/{identifier}").status_code == 204
            assert again.post(f"/conversations/{identifier}/restore").status_code == 200
        ballast.unlink()
        assert text_of(chat(client, identifier, "Hello again", model="demo/echo"))


def test_a_database_that_is_gone_is_said_clearly():
    run = Serve()
    try:
        with run.signed_in() as client:
            for suffix in ["", "-wal", "-shm"]:
                path = run.state / ("app.db" + suffix)
                if path.exists():
                    path.rename(str(path) + ".away")
            before = run.workers()
            run.health(503)
            answer = client.post("/conversations", json={})
            assert answer.status_code == 503 and answer.json()["code"] == "storage_unavailable", answer.text
            assert run.workers() == before
    finally:
        run.remove()


def nginx_master(run):
    return next(n for n in run.processes() if b"nginx: master" in Path(f"/proc/{n}/cmdline").read_bytes())


def test_a_killed_nginx_is_started_again():
    run = Serve()
    try:
        for _ in range(2):
            killed = nginx_master(run)
            os.kill(killed, signal.SIGKILL)
            assert eventually(lambda: is_answered_by_another(run, killed)), run.log
        run.stop()
        assert eventually(lambda: run.processes() == [])
    finally:
        run.remove()


def is_answered_by_another(run, killed):
    try:
        return nginx_master(run) != killed and run.client().get("/health/live").status_code == 200
    except (StopIteration, OSError, httpx.HTTPError):
        return False
