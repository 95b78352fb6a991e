"""What the service tells of itself: health, metrics, status, logs, and systemd."""

import concurrent.futures
import contextlib
import fcntl
import os
import re
import signal
import socket
import sqlite3
import struct
import threading
import time

import httpx
from openai_server import OpenAIServer
from prometheus_client.parser import text_string_to_metric_families
from serve import Serve, chat, conversation, eventually, events

LIST = "/api/v1/conversations"


def event_names(client, text="Hi", **fields):
    """Sends a message in a new conversation and returns the names of the answer's events."""
    return [name for _, name, _ in chat(client, conversation(client), text, **fields)]


def metrics(run):
    """Every sample by its name and labels, as Prometheus itself reads them."""
    answer = run.client().get(run.url + "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = {}
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation and family.type != "unknown", family.name
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in samples, f"{key} stands there twice"
            samples[key] = sample.value
    return samples


def value(run, name, **labels):
    return metrics(run).get((name, *sorted(labels.items())), 0)


def listed(run):
    return value(run, "atelier_http_requests_total", method="GET", route=LIST, status="2xx")


@contextlib.contextmanager
def locked_database(run):
    """Holds the write gate, as a process that is stuck in a transaction does."""
    with open(run.state / "app.db-gate", "r+") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield
        fcntl.flock(gate, fcntl.LOCK_UN)


def leave_work_for_jobs(run):
    """Leaves a call whose runner is gone and that has to be written off; inside the gate."""
    with contextlib.closing(sqlite3.connect(run.state / "app.db")) as connection, connection:
        connection.execute(
            "INSERT INTO calls (id, feature, user_id, model, provider, state, reserved_nano_usd,"
            " estimated_prompt_tokens, tells_cost, created_ms, host)"
            " VALUES ('gone', 'chat', 'u', 'm', 'p', 'reserved', 0, 0, 0, 0, 'h')"
        )


def test_any_worker_answers_for_all_and_a_killed_one_keeps_its_counts():
    run = Serve(workers=3)
    try:
        token = run.signed_in().headers["Authorization"]

        def requests(count):
            with run.client(headers={"Authorization": token}) as client:
                return [client.get("/conversations").status_code for _ in range(count)]

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            assert all(code == 200 for codes in pool.map(requests, [50] * 6) for code in codes)
        assert [listed(run) for _ in range(8)] == [300] * 8
        workers = lambda: {worker["pid"]: worker for worker in run.status().json()["workers"]}
        assert set(workers()) == set(run.workers())
        assert all(worker["requests"] > 0 for worker in workers().values())

        victim = run.workers()[0]
        os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: len(pids := set(workers())) == 3 and victim not in pids)
        assert set(workers()) == set(run.workers())
        assert [listed(run) for _ in range(8)] == [300] * 8
        requests(10)
        assert listed(run) == 310
        samples = metrics(run)
        durations = ("atelier_http_request_duration_seconds_count", ("method", "GET"), ("route", LIST))
        assert samples[durations] == 310
        starts = [key for key in samples if key[0] == "atelier_process_start_time_seconds"]
        assert len(starts) == 4, starts  # three workers and the jobs: a new one has the place of the old
    finally:
        run.remove()


def test_metrics_tell_of_generations_and_routes(serve):
    with serve.signed_in() as client:
        before = metrics(serve)
        assert event_names(client, model="demo/echo")[-1] == "done"
        identifier = client.get("/conversations").json()["items"][0]["id"]
        client.get(f"/conversations/{identifier}")
        after = metrics(serve)

    def grown(name, **labels):
        key = (name, *sorted(labels.items()))
        return after[key] - before.get(key, 0)

    assert grown("atelier_generations_total", state="completed") == 1
    assert grown("atelier_tokens_total", kind="completion") > 0
    assert grown("atelier_http_requests_total", method="POST", route=LIST + "/{id}/messages", status="2xx") == 1
    assert identifier not in str(after), "no ids in labels"
    assert after[("atelier_provider_up", ("provider", "demo"))] == 1
    assert after[("atelier_sqlite_gate_wait_seconds_count",)] > before[("atelier_sqlite_gate_wait_seconds_count",)]
    assert after[("atelier_threads_limit",)] == 1024
    assert 0 < after[("atelier_disk_free_bytes", ("directory", "state"))]
    assert after[("atelier_jobs_heartbeat_age_seconds",)] < 30
    assert any(key[0] == "atelier_build_info" for key in after)


def test_status_shows_what_runs_and_nothing_of_what_is_said(serve):
    with serve.signed_in() as client:
        conversation = client.post("/conversations", json={}).json()["id"]
        with client.stream(
            "POST",
            f"/conversations/{conversation}/messages?private=query",
            json={"text": "A private question", "model": "demo/slow"},
            headers={"Accept": "text/event-stream"},
        ) as answer:
            request = answer.headers["x-request-id"]
            assert next(events(answer.iter_lines()))[1] == "generation"
            full = serve.status("json&full")
            text = serve.status("full").text
            running = [entry for worker in full.json()["workers"] for entry in worker["running"]]
            mine = next(entry for entry in running if entry["request"] == request)
            assert mine["method"] == "POST" and mine["route"] == LIST + "/{id}/messages"
            assert request in text and "private" not in text + full.text
            assert conversation not in text + full.text
            assert eventually(lambda: value(serve, "atelier_streams_open") == 1)
        assert "running" not in str(serve.status().json()["workers"][0]) and request not in serve.status("").text
        assert serve.client().get(serve.url + "/status", headers={"Accept": "application/json"}).json()["workers"]
        assert eventually(lambda: value(serve, "atelier_streams_open") == 0)
        assert eventually(lambda: request not in serve.status("full").text)


def test_others_than_this_machine_are_refused(serve):
    transport = httpx.HTTPTransport(local_address="127.0.0.2", verify=False)
    with httpx.Client(transport=transport) as client:
        for path in ["/metrics", "/status", "/status?full"]:
            answer = client.get(serve.url.replace("localhost", "127.0.0.1") + path)
            assert answer.status_code == 403 and "content-security-policy" in answer.headers
        assert client.get(serve.url.replace("localhost", "127.0.0.1") + "/api/v1/health/live").status_code == 200


def test_health_fails_without_jobs_and_recovers_with_them():
    run = Serve()
    jobs = None
    try:
        client = run.client()
        assert client.get("/health").status_code == 200
        [jobs] = run.supervised(b"jobs")
        os.kill(jobs, signal.SIGSTOP)
        report = run.health(503, seconds=60)
        assert report["status"] == "failing" and report["checks"]["jobs"] == "jobs_stale", report
        assert report["checks"]["database"] == "ok"
        assert client.get("/health/live").status_code == 200
        os.kill(jobs, signal.SIGCONT)
        run.health(200)
    finally:
        if jobs:
            os.kill(jobs, signal.SIGCONT)
        run.remove()


class NotifySocket:
    """systemd's end: takes what processes tell, with the id of the one that tells it."""

    def __init__(self, path):
        self.path = str(path)
        self.messages = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(self.path)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            data, ancillary, _, _ = self.socket.recvmsg(4096, 256)
            pid = next(struct.unpack("3i", content)[0] for _, kind, content in ancillary if kind == socket.SCM_CREDENTIALS)
            self.messages.append((pid, data.decode()))

    def of(self, pid, kind=""):
        return [message for sender, message in list(self.messages) if sender == pid and message.startswith(kind)]


def test_systemd_hears_of_start_work_and_end(tmp_path):
    notify = NotifySocket(tmp_path / "notify")
    run = Serve(workers=2, NOTIFY_SOCKET=notify.path)
    try:
        [jobs] = run.supervised(b"jobs")
        for pid in [*run.workers(), jobs]:
            assert eventually(lambda: notify.of(pid, "STATUS="))
            assert notify.of(pid)[0] == "READY=1"
            assert not notify.of(pid, "WATCHDOG"), "nobody asked for it"
        before = {pid: len(notify.of(pid, "STATUS=")) for pid in run.workers()}
        with run.signed_in() as client:
            event_names(client, model="demo/slow")
        assert eventually(lambda: any("1 streams" in m for pid in run.workers() for m in notify.of(pid, "STATUS=")))
        pattern = r"STATUS=\d+ busy, \d+ idle, \d+ streams, \d+ requests"
        assert all(re.fullmatch(pattern, m) for pid in run.workers() for m in notify.of(pid, "STATUS="))
        assert any(len(notify.of(pid, "STATUS=")) > before[pid] for pid in before)
        ended = run.workers()[0]
        os.kill(ended, signal.SIGTERM)
        assert eventually(lambda: notify.of(ended, "STOPPING=1"))
        os.kill(jobs, signal.SIGTERM)
        assert eventually(lambda: notify.of(jobs, "STOPPING=1"))
    finally:
        run.remove()


def test_a_hung_worker_gives_no_sign_of_life_and_the_others_do(tmp_path):
    notify = NotifySocket(tmp_path / "notify")
    run = Serve(workers=2, NOTIFY_SOCKET=notify.path, WATCHDOG_USEC="1000000")
    hung, other = run.workers()
    try:
        signs = lambda pid: len(notify.of(pid, "WATCHDOG=1"))
        assert eventually(lambda: signs(hung) > 2 and signs(other) > 2)
        os.kill(hung, signal.SIGSTOP)
        then = signs(other)
        assert eventually(lambda: signs(other) > then + 1)  # what the stopped one had sent is here
        last = signs(hung)
        assert eventually(lambda: signs(other) > then + 6)
        assert signs(hung) == last
        assert eventually(lambda: 1 < max(
            worker["heartbeat_age_seconds"] for worker in run.status().json()["workers"] if worker["pid"] == hung))
        os.kill(hung, signal.SIGCONT)
        assert eventually(lambda: signs(hung) > last)
    finally:
        os.kill(hung, signal.SIGCONT)
        run.remove()


def test_a_database_that_is_locked_for_long_kills_no_worker(tmp_path):
    notify = NotifySocket(tmp_path / "notify")
    run = Serve(workers=1, NOTIFY_SOCKET=notify.path, WATCHDOG_USEC="1000000", ATELIER_THREADS="16")
    try:
        [worker] = run.workers()
        [jobs] = run.supervised(b"jobs")
        token = run.signed_in().headers["Authorization"]

        def create(_):
            with run.client(headers={"Authorization": token}) as client:
                return client.post("/conversations", json={}).status_code

        with concurrent.futures.ThreadPoolExecutor(24) as pool:
            with locked_database(run):
                answers = [pool.submit(create, n) for n in range(24)]
                leave_work_for_jobs(run)
                assert eventually(lambda: "STATUS=16 busy" in (notify.of(worker, "STATUS=") or [""])[-1])
                assert eventually(lambda: notify.of(jobs, "STATUS=")[-1] == "STATUS=Waiting for the database")
                signs = {pid: len(notify.of(pid, "WATCHDOG=1")) for pid in [worker, jobs]}
                for pid in signs:
                    assert eventually(lambda: len(notify.of(pid, "WATCHDOG=1")) > signs[pid] + 8), pid == jobs
                assert notify.of(worker, "STATUS=")[-1].startswith("STATUS=16 busy"), "all that time"
            assert {answer.result() for answer in answers} <= {201, 503}
        assert run.workers() == [worker]
        assert eventually(lambda: value(run, "atelier_http_slow_requests_total") >= 16)
        assert value(run, "atelier_threads_exhausted_total") >= 1
    finally:
        run.remove()


def test_a_reload_reads_the_log_level(tmp_path):
    configuration = tmp_path / "atelier.env"
    configuration.write_text("ATELIER_LOG_LEVEL=error\n")
    run = Serve(workers=1, ATELIER_CONFIGURATION=str(configuration), ATELIER_SLOW_SECONDS="0")
    try:
        [worker], [jobs] = run.workers(), run.supervised(b"jobs")
        slow = lambda: run.log.count("slow request")
        assert slow() > 0
        configuration.write_text("# quiet\nATELIER_LOG_LEVEL=notice\n")
        for pid in [worker, jobs]:
            os.kill(pid, signal.SIGHUP)
        assert eventually(lambda: run.log.count("log level set level=notice") == 2)
        configuration.write_text("ATELIER_LOG_LEVEL=critical\n")
        os.kill(worker, signal.SIGHUP)
        client = run.client()
        assert eventually(lambda: [before := slow(), client.get("/health/live"), time.sleep(0.1), slow() == before][-1])
        configuration.write_text("ATELIER_LOG_LEVEL=loud\n")
        os.kill(jobs, signal.SIGHUP)
        assert eventually(lambda: "the log level stays as it is" in run.log and "must be one of" in run.log)
        assert run.workers() == [worker] and run.supervised(b"jobs") == [jobs]
    finally:
        run.remove()


def test_a_slow_request_is_logged_with_who_and_where():
    run = Serve(workers=1)
    try:
        with run.signed_in() as client, concurrent.futures.ThreadPoolExecutor(1) as pool:
            user = client.get("/users/me").json()["id"]
            with locked_database(run):
                answer = pool.submit(client.post, "/conversations", json={"title": "A private title"})
                time.sleep(1.3)
            request = answer.result().headers["x-request-id"]
        assert eventually(lambda: "slow request" in run.log)
        line = next(line for line in run.lines if "slow request" in line)
        assert line.startswith("<4>")
        for part in [f"request={request}", f"user={user}", f"route={LIST}", "method=POST", "status=201"]:
            assert part in line
        assert int(re.search(r" ms=(\d+)", line)[1]) > 1000
        assert "private" not in run.log
    finally:
        run.remove()


def test_logs_hold_neither_keys_nor_what_people_write():
    prompt, key = "My grandmother's maiden name", "sk-local-0123456789"
    for refuses in [False, True]:
        upstream = OpenAIServer(refuses=refuses)
        run = Serve(ATELIER_PROVIDER_URL=upstream.url, ATELIER_PROVIDER_KEY=key, ATELIER_LOG_LEVEL="debug", ATELIER_SLOW_SECONDS="0")
        try:
            with run.signed_in() as client:
                assert eventually(lambda: client.get("/models").json()["default_model"] == "local-model")
                assert event_names(client, prompt)[-1] == ("error" if refuses else "done")
                client.get("/conversations", params={"q": prompt})
                token = client.headers["Authorization"].split()[1]
                pages = [client.get(run.url + path).text for path in ["/metrics", "/status?full"]]
            assert eventually(lambda: run.log.count("slow request") > 4)
            assert ("generation failed" in run.log) == refuses
            texts = [run.log, *pages] + [path.read_text() for path in (run.state / "log").iterdir()]
            for secret in [prompt, "grandmother", key, token, "correct horse battery"]:
                assert not any(secret in text for text in texts), secret
        finally:
            run.remove()
            upstream.stop()
