"""What nginx does in front of the workers: with another nginx before it, and with clients that mean no good."""

import concurrent.futures
import contextlib
import os
import socket
import ssl
import subprocess
import threading

from openai_server import OpenAIServer
from serve import Serve, conversation, eventually, events, free_port

# Nothing but what nginx's manual gives for a proxy.
IN_FRONT = """
daemon off; pid {place}/pid; error_log {place}/error.log; {user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {tls}/certificate.pem;
        ssl_certificate_key {tls}/key.pem;
        location / {{
            proxy_pass         https://127.0.0.1:{inner};
            proxy_set_header   Host $http_host;
            proxy_http_version 1.1;
        }}
    }}
}}
"""


class AwaitedWords:
    """Words of which each is said when the one before has been heard, or after a while all the same."""

    def __init__(self):
        self.said = 0
        self.heard = threading.Semaphore(0)

    def __iter__(self):
        for word in ["One ", "by ", "one."]:
            self.said += 1
            yield word
            self.heard.acquire(timeout=3)


@contextlib.contextmanager
def nginx_in_front_of(run, place):
    port = free_port()
    file = place / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    file.write_text(IN_FRONT.format(place=place, port=port, inner=run.port, tls=run.state / "tls", user=user))
    process = subprocess.Popen(["nginx", "-e", str(place / "error.log"), "-p", str(place), "-c", str(file)])

    def answers():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        assert eventually(answers)
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def test_words_come_one_by_one_through_another_nginx(tmp_path):
    words = AwaitedWords()
    upstream = OpenAIServer(words=words)
    run = Serve(ATELIER_PROVIDER_URL=upstream.url)
    try:
        with nginx_in_front_of(run, tmp_path) as url, run.signed_in() as client:
            assert eventually(lambda: client.get("/models").json()["default_model"])
            path = f"{url}/api/v1/conversations/{conversation(client)}/messages"
            said = []
            with client.stream("POST", path, json={"text": "Hi"}, headers={"Accept": "text/event-stream"}) as answer:
                for _, name, _ in events(answer.iter_lines()):
                    if name == "delta":
                        said.append(words.said)
                        words.heard.release()
        assert said == [1, 2, 3]
    finally:
        run.remove()
        upstream.stop()


def connect(serve):
    context = ssl.create_default_context(cafile=str(serve.state / "tls/certificate.pem"))
    return context.wrap_socket(socket.create_connection(("localhost", serve.port)), server_hostname="localhost")


HEAD = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost\r\n"
HALVES = [HEAD, HEAD + 'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"email":']


def test_half_a_request_is_not_waited_for(serve):
    """Nginx itself would wait for 60 s, which is beyond this test's patience."""

    def is_closed(half):
        with connect(serve) as connection:
            connection.settimeout(40)
            connection.sendall(half.encode())
            try:
                return connection.recv(4096) == b""
            except ConnectionResetError:
                return True

    with concurrent.futures.ThreadPoolExecutor() as pool:
        assert all(pool.map(is_closed, HALVES))


def test_a_body_of_two_megabytes_is_the_most(serve):
    with serve.signed_in() as client:
        for size, code in [(2 << 20, None), ((2 << 20) + 1, 413)]:
            answer = client.post("/conversations", content=b"x" * size, headers={"Content-Type": "application/json"})
            said_by_nginx = "2 MiB" in answer.text
            assert answer.status_code >= 400 and said_by_nginx == (code == 413), (size, answer.text)
