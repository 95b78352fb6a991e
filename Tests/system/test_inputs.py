"""What a client may send that no page would: each is answered clearly, and never as our own fault."""

import json
import socket
import ssl
from pathlib import Path

import pytest
from serve import Serve, conversation


def ask(run, request: bytes) -> tuple[int, bytes]:
    """Sends exact bytes through nginx; the status and the body that came back."""
    context = ssl.create_default_context(cafile=str(run.state / "tls/certificate.pem"))
    with socket.create_connection(("localhost", run.port), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(request)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def token(run) -> bytes:
    with run.signed_in() as client:
        return client.headers["authorization"].encode()


def get(target: bytes, authorization: bytes, *fields: bytes) -> bytes:
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: localhost", b"Connection: close", b"Authorization: " + authorization]
    return b"\r\n".join([*lines, *fields, b"", b""])


@pytest.mark.parametrize(
    "target",
    [
        b"/api/v1/conversations?q=%ff",
        b"/api/v1/conversations?q=%",
        b"/api/v1/conversations?q=%zz",
        b"/api/v1/conversations?q=%00",
        b"/api/v1/conversations?q=\xff",
        b"/api/v1/conversations?limit=1&limit=2",
        b"/api/v1/conversations?" + b"&".join(b"a%d=" % number for number in range(2000)) + b"&a1=",
        b"/api/v1/conversations/%ff",
        b"/api/v1/conversations/%00",
        b"/api/v1/conversations/x%00y",
        b"/api/v1/conversations/\xff",
        b"/api/v1/conversations/..%2f..%2fstatus",
        b"/api/v1/conversations/%2e%2e/%2e%2e/v1",
        b"/api/v1/../../../status",
        b"/api/v1/conversations/",
        b"/api/v1/conversations/x/",
        b"/api/v1/conversations/x%2fmessages",
        b"/api/v1/conversations/x;y",
        b"/api/v1/" + b"x/" * 2000,
        b"/api/v1/" + b"x" * 20000,
    ],
    ids=lambda target: target[:40].decode("latin-1"),
)
def test_a_strange_address_is_refused(serve, target):
    status, body = ask(serve, get(target, token(serve)))
    assert 400 <= status < 500, (status, body)
    assert body


def test_no_address_leads_to_a_file_outside(serve):
    for target in [b"/%2e%2e/etc/passwd", b"/assets/x/..%2f..%2f..%2f..%2fetc/passwd", b"/api/%2e%2e/etc/passwd"]:
        _, body = ask(serve, get(target, b"none"))
        assert b"root:" not in body


@pytest.mark.parametrize(
    "field",
    [
        b"Authorization: Bearer x",
        b"Origin: a\r\nOrigin: b",
        b"X-\xff: a",
        b"X-Name: \xff\xfe",
        b"X-Long: " + b"x" * 40000,
        b"\r\n".join(b"X-%d: x" % number for number in range(200)),
        b"Transfer-Encoding: x",
        b"Content-Length: -1",
        b"Content-Length: 1\r\nContent-Length: 2",
    ],
    ids=lambda field: field[:30].decode("latin-1"),
)
def test_a_strange_header_is_refused_or_passed_over(serve, field):
    status, body = ask(serve, get(b"/api/v1/conversations", token(serve), field))
    assert status == 200 or 400 <= status < 500 or status == 501, (status, body)
    assert body


def test_an_address_that_is_no_text_is_told_so_in_a_problem(serve):
    status, body = ask(serve, get(b"/api/v1/conversations/%ff", token(serve)))
    assert status == 400 and json.loads(body)["code"] == "invalid_request", body


def test_half_a_surrogate_is_sent_and_answered(serve):
    with serve.signed_in() as client:
        identifier = conversation(client)
        body = rb'{"text":"half \ud83d smile","model":"demo/echo"}'
        answer = client.post(
            f"/conversations/{identifier}/messages", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 202, answer.text
        items = client.get(f"/conversations/{identifier}/messages").json()["items"]
        assert items[0]["text"] == "half \ufffd smile"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xef\xbb\xbf{}",
        b'{"title":"a","title":"b"}',
        b'{"title":"a"} {}',
        b'{"title":"\xff"}',
        b'{"title":' + b"[" * 100_000,
        b'{"title":"a\x00"}',
        '{"title":"a"}'.encode("utf-16"),
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_is_told_so(serve, body):
    with serve.signed_in() as client:
        answer = client.post("/conversations", content=body, headers={"Content-Type": "application/json"})
        expected = (413, "body_too_large") if len(body) > 50_000 else (400, "invalid_json")
        assert (answer.status_code, answer.json()["code"]) == expected, answer.text


@pytest.mark.parametrize("query", ["übung", "ÜBUNG", "ubung", "u\u0308bung"])
def test_titles_are_found_beyond_ascii(serve, query):
    with serve.signed_in() as client:
        identifier = conversation(client, title="Übung macht Meister")
        found = client.get("/conversations", params={"q": query}).json()["items"]
        assert identifier in [item["id"] for item in found]


def memory(run) -> int:
    """The largest worker's own memory, in MB."""

    def own(process):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))

    return max(own(process) for process in run.workers()) // 1024


def test_long_things_do_not_fill_a_worker():
    run = Serve(workers=1)
    try:
        with run.signed_in() as client:
            refused = client.post("/conversations", json={"model": "m" * 900_000})
            assert refused.status_code == 413
            letter = "a" + "\u0301" * 450
            assert client.post("/conversations", json={"title": letter}).status_code == 422
            identifiers = [
                conversation(client, title="漢" * 160, model="é" * 100, fallback_models=[f"{n}" + "é" * 99 for n in range(5)])
                for n in range(200)
            ]
            before = memory(run)
            for _ in range(4):
                page = client.get("/conversations", params={"limit": 200})
                assert len(page.json()["items"]) == 200 and len(page.content) < 1_000_000
            assert memory(run) - before < 20
            long = json.dumps({"text": "é" * 200_000, "model": "demo/echo"}, ensure_ascii=True)
            for _ in range(12):
                sent = client.post(
                    f"/conversations/{identifiers[0]}/messages",
                    content=long,
                    headers={"Content-Type": "application/json", "Accept": "text/event-stream"},
                )
                assert sent.status_code == 200, sent.text
            page = client.get(f"/conversations/{identifiers[0]}/messages", params={"limit": 200})
            assert len(page.content) < 3_000_000 and page.json()["next_cursor"]
    finally:
        run.remove()
