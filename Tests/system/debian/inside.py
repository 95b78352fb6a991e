"""Runs inside the booted tree, as root: uses the installed package as its administrator and its users do.

Each check prints what it saw. After a reboot, which is one of them, it goes on with the next.
"""

import itertools
import os
import re
import resource
import signal
import socket
import time
import traceback
from pathlib import Path

import two_hosts
from machine import (
    HEADERS,
    HERE,
    NEXT,
    PASSWORD,
    PROVIDER_KEY,
    SERVICES,
    VERSION,
    WORKERS,
    changed,
    configure,
    eventually,
    health,
    install,
    is_up,
    package,
    pids,
    run,
    show,
    signed_in,
)
from site_client import Load, Person, TLS

# The checks, in this order.


def the_pool_is_up():
    eventually(is_up)
    units = ["atelier.target", "atelier.socket", "atelier-migrate.service", "atelier-backup.timer"] + SERVICES
    for unit in units:
        assert show(unit, "ActiveState") == "active", unit
    run("nginx", "-t")
    configure()
    eventually(is_up)
    print("   ", show(WORKERS[0], "StatusText"))


def sign_in_and_a_streamed_answer_over_tls():
    person = signed_in()
    models = person.api("GET", "/models")["items"]
    state, text = person.chat(person.conversation(), "Say it back", "demo/echo")
    assert state == "completed" and "Say it back" in text, (state, text)
    with socket.create_connection(("127.0.0.1", 443)) as plain, TLS.wrap_socket(plain) as secure:
        print(f"    {len(models)} models, “{text}”, {secure.version()}")


def start_to_first_answer():
    times = []
    for _ in range(3):
        run("systemctl", "stop", "atelier.target")
        begin = time.monotonic()
        run("systemctl", "start", "--no-block", "atelier.target")
        while not is_up():
            time.sleep(0.002)
        times.append(time.monotonic() - begin)
    size = sum(file.stat().st_size for line in run("dpkg", "--listfiles", "atelier").split("\n")
               if (file := Path(line)).is_file() and not file.is_symlink())
    print(f"    start of the pool to the first answered request: {sorted(times)[1]:.2f} s (aim: 0.3 s); "
          f"installed: {size / 1e6:.1f} MB (aim: 60 MB)")
    assert size < 60e6


def exposure_of_each_unit():
    for unit in SERVICES + ["atelier-migrate.service", "atelier-backup.service"]:
        exposure = float(re.search(r"unit: ([\d.]+)|service: ([\d.]+)",
                                   run("systemd-analyze", "security", "--no-pager", unit).split("→")[1])[2])
        print(f"    {unit} {exposure}")
        assert exposure <= 1.5


def security_headers_on_every_answer():
    person = Person("127.0.0.9")
    cases = {
        "page": (200, person.ask("GET", "/")),
        "api": (401, person.ask("GET", "/api/v1/users/me")),
        "bundled": (200, person.ask("GET", f"/assets/{VERSION}/bundled/markdown-it.js")),
        "no file": (404, person.ask("GET", "/vendor/katex/none.js")),
        "no such method": (405, person.ask("POST", "/")),
        "address too long": (414, person.ask("GET", "/" + "x" * 10_000)),
        "body too large": (413, person.ask("POST", "/api/v1/auth/login", Content_Length=str(3 << 20))),
        "header too large": (400, person.ask("GET", "/", X_Large="x" * 10_000)),
    }
    assets = re.search(rb'"(/assets/[^/]+/app.js)"', cases["page"][1].body)[1].decode()
    assert f"/assets/{VERSION}/" in assets, assets
    cases["asset"] = (200, person.ask("GET", assets, Accept_Encoding="gzip"))
    assert cases["asset"][1].headers["content-encoding"] == "gzip"
    assert "immutable" in cases["asset"][1].headers["cache-control"]
    for name, (status, answer) in cases.items():
        assert answer.status == status, (name, answer.status)
        missing = [header for header in HEADERS if header not in answer.headers]
        assert not missing, (name, missing)
    print("   ", ", ".join(f"{name} {status}" for name, (status, _) in cases.items()))


def plain_http_leads_to_https():
    name = socket.gethostname()
    Path("/run/atelier-acme/.well-known/acme-challenge").mkdir(parents=True)
    Path("/run/atelier-acme/.well-known/acme-challenge/proof").write_text("it is me")

    def ask(path):
        with socket.create_connection(("127.0.0.1", 80)) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            return connection.makefile().read()

    assert f"location: https://{name}/api?a=b" in ask("/api?a=b").lower()
    assert ask("/.well-known/acme-challenge/proof").endswith("it is me")


def many_requests_of_one_address_are_refused_but_files_never():
    guesser, friend = Person("127.0.0.66"), Person("127.0.0.67")
    attempt = {"email": "nobody@example.org", "password": "wrong wrong"}
    refused = next(answer for _ in range(60)
                   if (answer := guesser.ask("POST", "/api/v1/auth/login", attempt)).json["code"] == "rate_limited")
    assert refused.status == 429 and "retry-after" in refused.headers
    assert refused.headers["content-type"] == "application/problem+json"
    assert not [header for header in HEADERS if header not in refused.headers]
    assert friend.ask("POST", "/api/v1/auth/login", attempt).json["code"] != "rate_limited"
    assert all(guesser.ask("GET", "/vendor/dompurify/purify.min.js").status == 200 for _ in range(200))


def without_a_pool_there_is_an_answer_all_the_same():
    run("systemctl", "stop", "atelier.target")
    program = Person().ask("GET", "/api/v1/models")
    person = Person().ask("GET", "/api/v1/models", Accept="text/html,application/xhtml+xml")
    run("systemctl", "start", "atelier.target")
    eventually(is_up)
    assert program.status == 503 and program.json["code"] == "unavailable" and "retry-after" in program.headers
    assert person.status == 503 and person.headers["content-type"].startswith("text/html") and b"refresh" in person.body
    for answer in (program, person):
        assert not [header for header in HEADERS if header not in answer.headers]


def a_killed_worker_comes_back():
    with Load(signed_in().token, listeners=2) as load:
        eventually(lambda: load.requests > 50)
        before = pids()
        os.kill(before[WORKERS[0]], signal.SIGKILL)
        eventually(lambda: show(WORKERS[0], "ActiveState") == "active" and pids()[WORKERS[0]] not in (0, before[WORKERS[0]]))
        after = pids()
        assert after[WORKERS[1]] == before[WORKERS[1]]
    print(f"    {load}")
    # What it was answering dies with it, and nothing else.
    assert len(load.failures) <= 6, load.failures


def a_hung_worker_is_ended_by_the_watchdog():
    before = pids()
    begin = time.monotonic()
    os.kill(before[WORKERS[1]], signal.SIGSTOP)
    eventually(lambda: show(WORKERS[1], "ActiveState") == "active" and pids()[WORKERS[1]] not in (0, before[WORKERS[1]]), 60)
    assert "Watchdog timeout" in run("journalctl", "--unit", WORKERS[1], "--lines=30", "--no-pager")
    assert pids()[WORKERS[0]] == before[WORKERS[0]]
    print(f"    back after {time.monotonic() - begin:.0f} s (WatchdogSec=20s)")


def the_log_level_changes_without_a_restart():
    before = pids()
    for level in ["debug", "info"]:
        with changed("/etc/atelier/atelier.env", "$", f"\nATELIER_LOG_LEVEL={level}\n"):
            begin = run("date", "+%F %T").strip()
            run("systemctl", "reload", *SERVICES)
            for unit in SERVICES:
                eventually(lambda: f"log level set level={level}" in run("journalctl", "--unit", unit, "--since", begin, "--no-pager"))
    assert pids() == before


def what_the_readme_says_to_look_at_is_there():
    status = run("systemctl", "status", "--no-pager", "atelier.target", "atelier-*", check=False).stdout
    assert all(f"{unit} - Atelier" in status for unit in WORKERS), status
    assert "worker ready" in run("journalctl", "--no-pager", "--unit", "atelier-*")
    assert "The configuration is sound." in run("atelier", "check")
    run("sh", "-c", "du -xh /var/lib/atelier /var/backups/atelier | sort -h | tail")
    run("journalctl", "--vacuum-size=200M")
    for command in ("backup", "backup verify", "restore", "migrate", "check"):
        assert "USAGE: atelier" in run("atelier", *command.split(), "--help")


def the_worked_example_of_the_readme_holds():
    person = signed_in()
    two_hosts.try_example(person.token, person.conversation())
    eventually(is_up)


def ipv6_counts_by_64_bits():
    """Said by an nginx in front, as they come to a site that is in the world."""
    attempt = {"email": "nobody@example.org", "password": "wrong wrong"}

    def ask(address):
        return Person().ask("POST", "/api/v1/auth/login", attempt, X_Forwarded_For=address).json["code"]

    with changed("/etc/atelier/nginx.conf", "#(set_real_ip_from) 192.168.88.11;\n#(real_ip_header)", r"\1 127.0.0.1;\n\2"):
        run("systemctl", "reload", "nginx")
        hosts, networks = itertools.count(1), itertools.count(2)

        def one_network_is_refused_and_another_is_not():
            """Asked anew until all hold at once: the reload takes a moment, and every two seconds one more may pass."""
            return (any(ask(f"2001:db8:0:1:{next(hosts):x}::1") == "rate_limited" for _ in range(40))
                    and ask(f"2001:db8:0:1:{next(hosts):x}::1") == "rate_limited"
                    and ask(f"2001:db8:0:{next(networks):x}::1") != "rate_limited")

        eventually(one_network_is_refused_and_another_is_not)
        assert ask("::ffff:203.0.113.70") != "rate_limited"
    run("systemctl", "reload", "nginx")


def half_sent_requests_of_one_address_leave_room_for_others():
    limit = 256

    def half(address):
        connection = TLS.wrap_socket(socket.create_connection(("127.0.0.1", 443), source_address=(address, 0)))
        connection.sendall(b"POST /api/v1/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        return connection

    held = [half("127.0.0.80") for _ in range(limit)]
    eventually(lambda: Person("127.0.0.80").ask("GET", "/api/v1/health/live").status == 429)
    assert Person("127.0.0.81").ask("GET", "/api/v1/health/live").status == 200
    for connection in held:
        connection.close()
    eventually(lambda: Person("127.0.0.80").ask("GET", "/api/v1/health/live").status == 200)


def nginx_has_connections_enough_and_debians_file_is_as_it_was():
    """More at once than 768 to a process, which is what Debian's file allows."""
    assert not run("dpkg", "--verify", "nginx-common").strip(), "changed"
    seen = Path("/run/atelier-nginx.conf")
    assert re.search(r"worker_connections\s+8192;", seen.read_text())
    with changed("/etc/nginx/nginx.conf", r"worker_connections\s+768;", "worker_connections 4321;"):
        run("systemctl", "reload", "nginx")  # what the administrator says is what counts
        assert "worker_connections 4321;" in seen.read_text()
    run("systemctl", "reload", "nginx")
    processes = len(run("pgrep", "--full", "nginx: worker process").split())
    many, held = processes * 768 + 200, []
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        for number in range(many):
            held.append(socket.create_connection(("127.0.0.1", 443), source_address=(f"127.0.2.{number % 250 + 1}", 0)))
        assert Person().ask("GET", "/api/v1/health/live").status == 200
    finally:
        for connection in held:
            connection.close()
    print(f"    {many} connections to {processes} processes")


def an_nginx_in_front_says_who_asks():
    told = {"X_Forwarded_For": "203.0.113.9"}
    log = Path("/var/log/nginx/atelier.log")
    Person().ask("GET", "/api/v1/health/live", **told)
    with changed("/etc/atelier/nginx.conf", "#(set_real_ip_from) 192.168.88.11;\n#(real_ip_header)", r"\1 127.0.0.1;\n\2"):
        run("systemctl", "reload", "nginx")
        eventually(lambda: Person().ask("GET", "/api/v1/health/live", **told) and '"address":"203.0.113.9"' in log.read_text())
    run("systemctl", "reload", "nginx")


def a_rolling_upgrade_is_noticed_by_nobody():
    before = pids()
    with Load(signed_in().token) as load:
        eventually(lambda: load.requests > 100 and load.streams > 1)
        begin = time.monotonic()
        result = install(package(NEXT))
        took = time.monotonic() - begin
        time.sleep(1)
    assert result.returncode == 0, result.stdout
    print(f"    {load}; the upgrade took {took:.0f} s")
    assert not load.failures, load.failures[:5]
    assert load.streams >= 6
    assert not set(before.values()) & set(pids().values())
    assert health().json["version"] == NEXT


def a_failing_migration_stops_the_upgrade_with_the_old_workers_running():
    before = pids()
    set_schema = ["/usr/bin/python3", "-c", "import sqlite3, sys; sqlite3.connect('/var/lib/atelier/app.db')"
                  ".execute(f'PRAGMA user_version = {sys.argv[1]}')"]
    schema = run("atelier", "migrate", "--dry-run").split(",")[0].split()[1]
    as_atelier = ["setpriv", "--reuid=atelier", "--regid=atelier", "--init-groups"]
    run(*as_atelier, *set_schema, "0")  # its first step finds its tables there
    result = install(package(VERSION))
    assert result.returncode != 0 and "The schema could not be changed" in result.stdout, result.stdout
    backup = re.search(r"^/var/backups/atelier/\S+$", result.stdout, re.M)
    assert backup and Path(backup[0]).exists(), result.stdout
    assert pids() == before and is_up() and health().json["version"] == NEXT
    run(*as_atelier, *set_schema, schema)
    run("dpkg", "--configure", "atelier")
    assert health().json["version"] == VERSION
    print("    backup from before the step:", backup[0])


def a_deploy_that_does_not_work_is_taken_back():
    for version, reason in [
        (VERSION + ".2", f'"version":"{NEXT}"'),
        (VERSION + ".3", "atelier-worker@1.service does not start with this program"),
    ]:
        result = run(str(HERE / "deploy"), "local", package(version), check=False)
        print("   ", "\n    ".join(line for line in result.stdout.split("\n") if line.startswith("local:")))
        assert result.returncode == 1 and reason in result.stdout, result.stdout
        assert f"{version} was taken back; {VERSION} runs again" in result.stdout, result.stdout
        assert is_up() and health().json["version"] == VERSION
        assert run("dpkg-query", "--show", "--showformat=${Version} ${Status}",
                   "atelier") == f"{VERSION} install ok installed"


def a_deploy_to_production_asks_for_the_version():
    deploy = [str(HERE / "deploy"), "--stage", "production", "local", package(NEXT)]
    refused = run(*deploy, check=False, input="yes\n")
    assert refused.returncode == 1 and "nothing was changed" in refused.stdout, refused.stdout
    assert health().json["version"] == VERSION
    done = run(*deploy, input=NEXT + "\n")
    assert health().json["version"] == NEXT
    print("   ", done.strip().split("\n")[-1])


def backup_purge_reinstall_restore():
    person = signed_in()
    conversation = person.conversation()
    person.chat(conversation, "Do not lose this", "demo/echo")
    messages = person.api("GET", f"/conversations/{conversation}/messages")["items"]
    password = PASSWORD.read_text().strip()
    run("systemctl", "start", "atelier-backup.service")  # makes one and reads it back, as every night
    backup = run("atelier", "backup").strip().split("\n")[-1]
    print("   ", run("atelier", "backup", "verify", backup).strip().replace("\n", "\n    "))
    assert Path(backup).stat().st_mode & 0o777 == 0o600
    token_key = Path("/etc/atelier/credentials/atelier-token-key")
    assert token_key.stat().st_mode & 0o777 == 0o600 and token_key.owner() == "root"
    assert token_key.read_bytes().strip() not in Path("/var/lib/atelier/app.db").read_bytes()
    assert "no key to sign tokens" not in run("journalctl", "--unit=atelier-worker@*")
    refused = run("atelier", "restore", backup, check=False)
    assert refused.returncode != 0, "restored below running workers"

    run("apt-get", "purge", "--yes", "atelier", env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})
    run("nginx", "-t")
    for path in ["/var/lib/atelier", "/etc/atelier", "/run/atelier", "/usr/lib/atelier"]:
        assert not Path(path).exists(), path
    assert run("getent", "passwd", "atelier", check=False).returncode != 0
    assert not run("find", "/etc/systemd", "-name", "atelier*").strip()

    assert install(package(NEXT)).returncode == 0
    configure()
    eventually(is_up)
    assert person.ask("GET", "/api/v1/users/me").status == 401  # another installation
    run("systemctl", "stop", "atelier.target")
    elsewhere = "/var/backups/atelier/from-elsewhere.tar.zst"
    run("install", "-o", "atelier", "-g", "atelier", "-m", "600", backup, elsewhere)
    run("atelier", "restore", elsewhere)
    run("systemctl", "start", "atelier.target")
    eventually(is_up)
    again = Person("127.0.0.5").sign_in(password)
    assert again.api("GET", f"/conversations/{conversation}/messages")["items"] == messages
    PASSWORD.write_text(password + "\n")


def a_corrupt_database_is_replaced_from_a_backup():
    person = signed_in()
    conversation = person.conversation()
    backup = run("atelier", "backup").strip().split("\n")[-1]
    run("systemctl", "stop", "atelier.target")
    with open("/var/lib/atelier/app.db", "r+b") as file:
        file.write(os.urandom(8192))
    said = run("atelier", "restore", backup)
    print("   ", said.strip().replace("\n", "\n    "))
    assert "signed out:" in said
    assert "account.restored" in run("journalctl", "--identifier=atelier-restore", "--output=cat")
    run("systemctl", "start", "atelier.target")
    eventually(is_up)
    assert person.ask("GET", "/api/v1/users/me").status == 401, "a session came back"
    assert signed_in().api("GET", f"/conversations/{conversation}")["id"] == conversation


def a_lost_database_is_not_replaced_by_an_empty_one():
    conversation = signed_in().conversation()
    backup = run("atelier", "backup").strip().split("\n")[-1]
    state = Path("/var/lib/atelier")
    # The last to stop is waited for: a start would find it as it is.
    stop = ["systemctl", "stop", "atelier.target", "atelier-migrate.service"]
    run(*stop)
    # As if its disk were not mounted.
    run("mount", "-t", "tmpfs", "-o", "size=64M,mode=0750,uid=atelier,gid=atelier", "none", str(state))
    run("systemctl", "start", "--no-block", "atelier.target")
    journal = ["journalctl", "--unit=atelier-migrate.service", "--output=cat"]
    eventually(lambda: "There is no database /var/lib/atelier/app.db, but there was one" in run(*journal))
    said = run(*journal)
    assert "/etc/atelier/database-made" in said and "atelier restore" in said, said
    assert not (state / "app.db").exists()
    run(*stop)
    run("atelier", "restore", backup)
    run("systemctl", "start", "atelier.target")
    eventually(is_up)
    run(*stop)
    run("umount", str(state))
    run("systemctl", "start", "atelier.target")
    eventually(is_up)
    assert signed_in().api("GET", f"/conversations/{conversation}")["id"] == conversation


def a_leaked_key_is_replaced():
    run("install", "-m", "600", "/dev/stdin", "/etc/atelier/credentials/atelier-provider-key", input="another key")
    run("/usr/lib/atelier/roll")
    for unit in SERVICES:
        assert Path(f"/run/credentials/{unit}/credentials_atelier-provider-key").read_text() == "another key"
    assert signed_in().chat(signed_in().conversation(), "Does it still work?", "demo/echo")[0] == "completed"


def a_full_disk_is_told_and_gets_over_without_a_restart():
    state = Path("/var/lib/atelier")
    run("systemctl", "stop", "atelier.target")
    run("cp", "-a", str(state), "/opt/state")
    run("mount", "-t", "tmpfs", "-o", "size=64M,mode=0750,uid=atelier,gid=atelier", "none", str(state))
    run("cp", "-a", "/opt/state/.", str(state))
    run("systemctl", "start", "atelier.target")
    eventually(is_up)
    before, person = pids(), signed_in()
    conversation = person.conversation()
    filler = state / "filler"
    with filler.open("wb") as file:
        try:
            while file.write(b"\0" * 65536):
                file.flush()
        except OSError:
            pass
    codes = set()
    for number in range(40):
        answer = person.ask("POST", f"/api/v1/conversations/{conversation}/messages",
                            {"text": "x" * 20_000, "model": "demo/echo"})
        if answer.status >= 300:
            codes.add((answer.status, answer.json["code"]))
    answers = [health()]
    eventually(lambda: answers[-1].status == 503 or answers.append(health()))  # each worker looks once a second
    full = answers[-1]
    reading = person.ask("GET", "/api/v1/conversations").status
    filler.unlink()
    eventually(is_up)
    state_after, text = person.chat(conversation, "Is there room again?", "demo/echo")
    print(f"    refused with {sorted(codes)}; reading {reading}; health {full.status} {full.json['checks']}; "
          f"afterwards {state_after}, with the same workers")
    assert codes and {status for status, _ in codes} <= {503, 507} and reading == 200
    assert full.status == 503 and state_after == "completed" and pids() == before
    run("systemctl", "stop", "atelier.target")
    assert "ok" == run("setpriv", "--reuid=atelier", "--regid=atelier", "--init-groups", "python3", "-c",
                       "import sqlite3; print(*sqlite3.connect('/var/lib/atelier/app.db')"
                       ".execute('PRAGMA integrity_check').fetchone())").strip()
    run("umount", str(state))
    run("systemctl", "start", "atelier.target")
    eventually(is_up)


def a_reboot():
    (HERE / "before-reboot").write_text(Path("/proc/sys/kernel/random/boot_id").read_text() + show("atelier.target", "ActiveEnterTimestamp"))
    run("systemctl", "reboot")
    time.sleep(60)


def after_the_reboot_it_came_back_by_itself():
    eventually(is_up)
    for unit in ["atelier.target", "atelier.socket", "atelier-backup.timer"] + SERVICES:
        assert show(unit, "ActiveState") == "active", unit
    state, _ = signed_in().chat(signed_in().conversation(), "Are you back?", "demo/echo")
    assert state == "completed"


def no_secret_is_in_any_log():
    journal = run("journalctl", "--no-pager", "--output=cat")
    logs = journal + "".join(file.read_text(errors="replace") for file in Path("/var/log/nginx").glob("*.log"))
    for secret in (PROVIDER_KEY, PASSWORD.read_text().strip(), "Do not lose this"):
        assert secret not in logs, secret
    assert "worker ready" in journal
    environments = b"".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in pids().values())
    assert PROVIDER_KEY.encode() not in environments


def nothing_has_crashed():
    """Systemd starts again what crashes; so nobody would notice."""
    journal = run("journalctl", "--no-pager", "--output=cat")
    assert "Started atelier-worker@1.service" in journal
    crashes = re.findall(r"atelier.*status=\d+/(?:ILL|TRAP|BUS|FPE|SEGV)", journal)
    assert not crashes, crashes


CHECKS = [
    the_pool_is_up,
    sign_in_and_a_streamed_answer_over_tls,
    start_to_first_answer,
    exposure_of_each_unit,
    security_headers_on_every_answer,
    plain_http_leads_to_https,
    many_requests_of_one_address_are_refused_but_files_never,
    without_a_pool_there_is_an_answer_all_the_same,
    a_killed_worker_comes_back,
    a_hung_worker_is_ended_by_the_watchdog,
    the_log_level_changes_without_a_restart,
    nginx_has_connections_enough_and_debians_file_is_as_it_was,
    half_sent_requests_of_one_address_leave_room_for_others,
    ipv6_counts_by_64_bits,
    what_the_readme_says_to_look_at_is_there,
    the_worked_example_of_the_readme_holds,
    an_nginx_in_front_says_who_asks,
    a_rolling_upgrade_is_noticed_by_nobody,
    a_failing_migration_stops_the_upgrade_with_the_old_workers_running,
    a_deploy_that_does_not_work_is_taken_back,
    a_deploy_to_production_asks_for_the_version,
    backup_purge_reinstall_restore,
    a_corrupt_database_is_replaced_from_a_backup,
    a_lost_database_is_not_replaced_by_an_empty_one,
    a_leaked_key_is_replaced,
    a_full_disk_is_told_and_gets_over_without_a_restart,
    a_reboot,
    after_the_reboot_it_came_back_by_itself,
    no_secret_is_in_any_log,
    nothing_has_crashed,
]


def main():
    wanted = (HERE / "checks").read_text().split()
    done, failed = HERE / "done", HERE / "failed"
    finished = done.read_text().split() if done.exists() else []
    for check in CHECKS:
        name = check.__name__
        if name in finished or (wanted and name not in wanted + ["the_pool_is_up"]):
            continue
        with done.open("a") as file:
            file.write(name + "\n")
        begin = time.monotonic()
        try:
            check()
            print(f"ok      {name} ({time.monotonic() - begin:.1f} s)")
        except Exception:
            failed.touch()
            print(f"FAILED  {name}\n{traceback.format_exc()}")
    (HERE / "result").write_text("failed" if failed.exists() else "passed")
    run("systemctl", "poweroff")


main()
