"""The README's worked example, command by command, with the two hosts as this one and a network namespace.

The other host sees the same files, but for an /etc/atelier of its own, and has an nginx of its own; what it
would do to its packages and services, it is not let do.
"""

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

HERE = Path("/opt/test")
VM, FRONT, STRANGER = "192.168.88.18", "192.168.88.11", "192.168.88.99"
NAMESPACES = {FRONT: "front", STRANGER: "stranger"}
FRONT_CONFIGURATION = "/etc/nginx/front.conf"


def sh(script, host=VM, check=True, **environment):
    """What a shell of that host says."""
    command = ["sh", "-e", "-c", script]
    if host in NAMESPACES:
        command = ["ip", "netns", "exec", NAMESPACES[host], *command]
    done = subprocess.run(
        command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=os.environ | environment, timeout=120)
    assert not check or done.returncode == 0, f"{host}: {script}\n{done.stdout}"
    return done.stdout if check else done


def make_network():
    sh(f"""
        ip link add name site type bridge
        ip address add {VM}/24 dev site
        ip link set site up
    """)
    for address, name in NAMESPACES.items():
        sh(f"""
            ip netns add {name}
            ip link add name to-{name} type veth peer name site netns {name}
            ip link set to-{name} master site up
            ip -n {name} address add {address}/24 dev site
            ip -n {name} link set site up
            ip -n {name} link set lo up
        """)
    shutil.copytree("/etc/atelier", "/etc/netns/front/atelier")


def remove_network():
    for name in NAMESPACES.values():
        sh(f"ip netns del {name}")
    sh("ip link del site; rm -r /etc/netns")


def commands(host):
    """The README's blocks for a host, in their order."""
    blocks = re.findall(r"```sh\n# On ([\d.]+), as root\n(.*?)```", (HERE / "README.md").read_text(), re.S)
    return [block for address, block in blocks if address == host]


def stubs():
    """For the host in the namespace: `apt` and `systemctl` that leave this one's packages and services alone."""
    place = HERE / "stubs"
    place.mkdir(exist_ok=True)
    for name, text in {
        "apt": "exit 0",
        "systemctl": f'[ "$*" = "reload nginx" ] || exit 0; exec nginx -c {FRONT_CONFIGURATION} -s reload',
    }.items():
        (place / name).write_text(f"#!/bin/sh\n{text}\n")
        (place / name).chmod(0o755)
    return f"{place}:{os.environ['PATH']}"


def start_front():
    """Its nginx, with a process id of its own and the same configuration otherwise."""
    text = Path("/etc/nginx/nginx.conf").read_text()
    Path(FRONT_CONFIGURATION).write_text(text.replace("pid /run/nginx.pid;", "pid /run/front.pid;"))
    sh(f"nginx -c {FRONT_CONFIGURATION}", FRONT)


def ask(host, url, *options, check=True):
    # The certificate is the one that the commands have made.
    etc = "/etc/netns/front/atelier" if FRONT in url else "/etc/atelier"
    words = " ".join(f"'{option}'" for option in options)
    return sh(f"curl --silent --show-error --max-time 20 --cacert {etc}/tls/certificate.pem {words} {url}", host, check)


def answers(host, url):
    deadline = time.monotonic() + 30
    while (answer := ask(host, url + "/api/v1/health/live", "--fail", check=False)).returncode:
        assert time.monotonic() < deadline, answer.stdout
        time.sleep(0.2)


def chat(host, url, token, conversation, text):
    stream = ask(
        host, f"{url}/api/v1/conversations/{conversation}/messages", "--header", f"Authorization: Bearer {token}",
        "--header", "Content-Type: application/json", "--header", "Accept: text/event-stream",
        "--data", json.dumps({"text": text, "model": "demo/echo"}))
    said = "".join(json.loads(data)["text"] for data in re.findall(r"^event: delta\ndata: (.*)$", stream, re.M))
    assert text in said and "event: done" in stream, stream


def try_example(token, conversation):
    kept = HERE / "etc-atelier"
    shutil.copytree("/etc/atelier", kept)
    make_network()
    path = stubs()
    try:
        first, second = commands(VM)
        sh(first.replace("apt install", "true"))
        answers(STRANGER, f"https://{VM}")
        chat(STRANGER, f"https://{VM}", token, conversation, "Alone")
        start_front()
        sh(second)
        [on_front] = commands(FRONT)
        sh(on_front, FRONT, PATH=path)
        for url in (f"https://{FRONT}", f"https://{VM}"):
            answers(STRANGER, url)
            chat(STRANGER, url, token, conversation, "Afar")
        assert "<title>Atelier" in ask(STRANGER, f"https://{FRONT}/")
        connect = f"python3 -c \"import socket; socket.create_connection(('{VM}', 9000), 3)\""
        assert sh(connect, FRONT, check=False).returncode == 0
        assert sh(connect, STRANGER, check=False).returncode != 0, "a stranger can speak to the workers"
    finally:
        if Path("/run/front.pid").exists():
            sh(f"nginx -c {FRONT_CONFIGURATION} -s stop", FRONT)
        remove_network()
        shutil.rmtree("/etc/atelier")
        kept.rename("/etc/atelier")
        shutil.rmtree("/etc/systemd/system/atelier.socket.d", ignore_errors=True)
        sh("systemctl daemon-reload; systemctl restart atelier.target; systemctl reload nginx")
