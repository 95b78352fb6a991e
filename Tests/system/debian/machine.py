"""The booted machine, as its administrator handles it: units, packages, configuration, sign-in."""

import os
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

from site_client import Person

HERE = Path("/opt/test")
VERSION = (HERE / "version").read_text().strip()
NEXT = VERSION + ".1"
WORKERS = ["atelier-worker@1.service", "atelier-worker@2.service"]
SERVICES = WORKERS + ["atelier-jobs.service"]
PROVIDER_KEY = "demo-secret-key"
PASSWORD = Path("/etc/atelier/credentials/atelier-admin-password")
HEADERS = [
    "strict-transport-security", "content-security-policy", "x-content-type-options", "referrer-policy",
    "permissions-policy", "cross-origin-opener-policy", "cross-origin-resource-policy",
]


def run(*command, check=True, **options):
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    assert not check or done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}"
    return done.stdout if check else done


def show(unit, name):
    return run("systemctl", "show", "--value", "--property", name, unit).strip()


def pids():
    return {unit: int(show(unit, "MainPID")) for unit in WORKERS}


def eventually(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition.__name__}"
        time.sleep(0.05)


def health():
    try:
        return Person().ask("GET", "/api/v1/health")
    except OSError:
        return None


def is_up():
    answer = health()
    return answer is not None and answer.status == 200


@contextmanager
def changed(path, pattern, text):
    """A file of the administrator's with one place in it changed, for a while."""
    file = Path(path)
    before = file.read_text()
    after, count = re.subn(pattern, text, before, count=1)
    assert count == 1, f"{path} has no {pattern}"
    file.write_text(after)
    try:
        yield
    finally:
        file.write_text(before)


def install(*packages):
    return run(
        "apt-get", "install", "--yes", "--quiet", "--option=Dpkg::Use-Pty=0", "--allow-downgrades", "--no-install-recommends", *packages,
        check=False, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})


def package(version):
    return str(HERE / f"atelier_{version}_amd64.deb")


def configure():
    """What an administrator does after the installation."""
    with open("/etc/atelier/atelier.env", "a") as file:
        file.write("ATELIER_PROVIDER_NAME=demo\nATELIER_PROVIDER_KIND=openrouter\n"
                   "ATELIER_PROVIDER_URL=http://127.0.0.1:8090/api/v1\n")
    key = Path("/etc/atelier/credentials/atelier-provider-key")
    key.touch(mode=0o600)
    key.write_text(PROVIDER_KEY + "\n")
    run("/usr/lib/atelier/roll")


def signed_in():
    """The administrator; one session for all checks, since signing in is limited."""
    token = HERE / "token"
    person = Person(token=token.read_text() if token.exists() else None)
    if person.token is None or person.ask("GET", "/api/v1/users/me").status != 200:
        person.sign_in(PASSWORD.read_text().strip())
        token.write_text(person.token)
    return person
