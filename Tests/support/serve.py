"""Starts the product as its README says, for tests that speak to it over TLS."""

import functools
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
# DEBUG=1 tests the debug build, which is quicker to make.
DEBUG = ["--debug"] if os.environ.get("DEBUG") else []
PASSWORD = "correct horse battery"
# How a process ends that was not told to: by a trap, an abort, a wrong address.
CRASHES = "|".join(
    str(128 + number)
    for number in (signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV)
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@functools.cache
def binary() -> str:
    """The program that `nginx/serve` runs; builds it when need be."""
    build = ["swift", "build", *(["-c", "debug"] if DEBUG else ["-c", "release", "--static-swift-stdlib"])]
    subprocess.run([*build, "--product", "atelier"], cwd=ROOT, capture_output=True, check=True)
    path = subprocess.run([*build, "--show-bin-path"], cwd=ROOT, capture_output=True, text=True, check=True)
    return path.stdout.strip() + "/atelier"


class Serve:
    """One run of `nginx/serve`, with a state directory of its own."""

    def __init__(self, workers=2, state=None, command=("nginx/serve",), **environment):
        self.port = free_port()
        self.state = Path(state or tempfile.mkdtemp(prefix="atelier-"))
        self.lines = []
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("ATELIER_", "OPENROUTER_"))}
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), "--workers", str(workers), "--state", str(self.state)] + DEBUG,
            cwd=ROOT,
            env=inherited | {"ATELIER_ADMIN_PASSWORD": PASSWORD} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        # The first start builds the product. It is ready with the first worker; tests want all of them.
        is_ready = self._ready.wait(timeout=1800)
        if not is_ready or self.process.poll() is None and not eventually(lambda: self._has(workers)):
            self.stop()
            raise RuntimeError("not ready:\n" + "\n".join(self.lines[-50:]))

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("atelier ready at "):
                self._ready.set()
        self._ready.set()

    @property
    def url(self):
        return f"https://localhost:{self.port}"

    @property
    def run_directory(self):
        """Where sockets, live streams and the filled-in nginx files lie."""
        status = self.state.stat()
        memory = Path(os.environ.get("XDG_RUNTIME_DIR", "/dev/shm"))
        return memory / f"atelier-{status.st_dev}-{status.st_ino}"

    @property
    def log(self):
        return "\n".join(self.lines)

    def client(self, **options):
        context = ssl.create_default_context(cafile=str(self.state / "tls/certificate.pem"))
        return httpx.Client(base_url=self.url + "/api/v1", verify=context, timeout=60, **options)

    def signed_in(self, email="admin@localhost", password=PASSWORD):
        with self.client() as client:
            answer = client.post("/auth/login", json={"email": email, "password": password})
        answer.raise_for_status()
        return self.client(headers={"Authorization": "Bearer " + answer.json()["access_token"]})

    def status(self, query="json"):
        """The page on which the service tells of its processes."""
        with self.client() as client:
            return client.get(self.url + "/status?" + query)

    def health(self, status, seconds=20):
        """What the service says of itself once it answers with that status: each worker looks once a second."""
        with self.client() as client:
            answers = [client.get("/health")]
            eventually(lambda: answers[-1].status_code == status or answers.append(client.get("/health")), seconds)
        assert answers[-1].status_code == status, answers[-1].text
        return answers[-1].json()

    def _has(self, workers):
        return len(self.status().json()["workers"]) == workers

    def processes(self):
        """The ids of everything that belongs to this run: it has the state directory in its words."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                is_dead = (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            except OSError:
                continue
            if str(self.state).encode() in words and not is_dead:
                found.append(int(entry.name))
        return found

    def workers(self):
        return self.supervised(b"worker")

    def supervised(self, word=b"--supervised"):
        """The ids of the supervisor's children of our own program that have a word in their command."""
        found = []
        for number in self.processes():
            try:
                words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if word in words:
                found.append(number)
        return found

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def remove(self):
        self.stop()
        shutil.rmtree(self.run_directory, ignore_errors=True)
        shutil.rmtree(self.state, ignore_errors=True)
        crashes = [line for line in self.lines if re.search(rf"ended unexpectedly.* status=({CRASHES})$", line)]
        assert not crashes, "\n".join(crashes)


def eventually(condition, seconds=20):
    """Waits for something to become true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def events(lines):
    """The events of a stream of lines, as (id, name, data)."""
    event = {}
    for line in lines:
        if not line:
            if "event" in event:
                yield event.get("id"), event["event"], event.get("data")
            event = {}
        else:
            match = re.match(r"(id|event|data): (.*)", line)
            if match:
                event[match[1]] = match[2]


def conversation(client, **fields):
    return client.post("/conversations", json=fields).json()["id"]


def chat(client, conversation_id, text="Hi", **fields):
    """Sends a message and returns the events of the answer."""
    with client.stream(
        "POST",
        f"/conversations/{conversation_id}/messages",
        json={"text": text} | fields,
        headers={"Accept": "text/event-stream"},
    ) as answer:
        assert answer.status_code == 200, answer.read()
        return list(events(answer.iter_lines()))
