"""The service as its users meet it: HTTPS on this machine, from any address of the loopback network."""

import http.client
import json
import ssl
import threading
import time
from dataclasses import dataclass, field

TLS = ssl.create_default_context()
TLS.check_hostname, TLS.verify_mode = False, ssl.CERT_NONE  # the package makes a certificate of its own

EMAIL = "admin@localhost"


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Person:
    """Someone at an address of their own: the site counts requests by address."""

    def __init__(self, address="127.0.0.1", token=None):
        self.address, self.token = address, token

    def open(self, method, path, body=None, **headers):
        connection = http.client.HTTPSConnection(
            "127.0.0.1", 443, timeout=60, context=TLS, source_address=(self.address, 0))
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        connection.request(method, path, body, headers)
        return connection.getresponse()

    def ask(self, method, path, body=None, **headers):
        response = self.open(method, path, body, **headers)
        return Answer(response.status, {n.lower(): v for n, v in response.getheaders()}, response.read())

    def api(self, method, path, body=None, **headers):
        """The JSON of an answer that has to be a good one."""
        answer = self.ask(method, "/api/v1" + path, body, **headers)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:300]}"
        return answer.json

    def sign_in(self, password):
        self.token = self.api("POST", "/auth/login", {"email": EMAIL, "password": password})["access_token"]
        return self

    def conversation(self):
        return self.api("POST", "/conversations", {})["id"]

    def chat(self, conversation, text, model):
        """Sends a message and reads the answer to its end; gives its state and its text."""
        response = self.open(
            "POST", f"/api/v1/conversations/{conversation}/messages", {"text": text, "model": model},
            Accept="text/event-stream")
        assert response.status == 200, f"{response.status} {response.read()[:300]}"
        state, words, name = None, [], None
        for line in response:
            key, _, value = line.decode().rstrip("\n").partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                data = json.loads(value)
                if name == "delta":
                    words.append(data["text"])
                elif name in ("done", "error"):
                    state = data["state"]
        return state, "".join(words)


@dataclass
class Load:
    """People who read lists and people who listen to answers, each without a pause."""

    token: str
    readers: int = 4
    listeners: int = 6
    requests: int = 0
    streams: int = 0
    failures: list = field(default_factory=list)
    slowest: float = 0

    def __enter__(self):
        self._end = threading.Event()
        jobs = [self._read] * self.readers + [self._listen] * self.listeners
        self._threads = [
            threading.Thread(target=self._repeat, args=(job, Person(f"127.0.1.{number + 1}", self.token)))
            for number, job in enumerate(jobs)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _repeat(self, job, person):
        while not self._end.is_set():
            begin = time.monotonic()
            try:
                job(person)
            except Exception as error:
                self.failures.append(f"{job.__name__[1:]}: {error!r}")
                time.sleep(0.1)
            if job == self._read:
                self.slowest = max(self.slowest, time.monotonic() - begin)

    def _read(self, person):
        answer = person.ask("GET", "/api/v1/conversations?limit=1")
        assert answer.status == 200, f"{answer.status} {answer.body[:300]}"
        self.requests += 1
        time.sleep(0.01)

    def _listen(self, person):
        state, text = person.chat(person.conversation(), "Go on", "demo/showcase")
        assert state == "completed" and text == self.whole(person), f"{state}, {len(text)} characters"
        self.streams += 1

    def whole(self, person):
        """The text of an unbroken answer."""
        if not hasattr(self, "_whole"):
            self._whole = person.chat(person.conversation(), "Go on", "demo/showcase")[1]
        return self._whole

    def __str__(self):
        return (
            f"{self.requests} requests and {self.streams} streamed answers, {len(self.failures)} failed; "
            f"slowest request {self.slowest * 1000:.0f} ms")
