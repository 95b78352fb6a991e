"""Accounts from outside: the key, the journal, and a disk that is full."""

import os
import stat
import subprocess

from serve import PASSWORD, ROOT, Serve, binary, eventually


def test_the_key_is_the_owners_alone_and_all_workers_agree_on_it():
    run = Serve(workers=4)
    try:
        key = run.state / "credentials/atelier-token-key"
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert len(key.read_text().strip()) >= 32
        assert key.read_text().strip().encode() not in (run.state / "app.db").read_bytes()
        with run.signed_in() as client:
            assert {client.get("/users/me").status_code for _ in range(40)} == {200}
            token = client.headers["Authorization"]
        run.stop()
        again = Serve(workers=2, state=run.state)
        try:
            with again.client(headers={"Authorization": token}) as client:
                assert client.get("/users/me").status_code == 200
        finally:
            again.stop()
    finally:
        run.remove()


def happenings(run):
    """Everything that happens to an account, once."""
    with run.client() as client:
        made = client.post("/auth/register", json={"email": "Ada@Example.org", "password": PASSWORD, "name": "Ada"})
        client.post("/auth/login", json={"email": "ada@example.org", "password": "not it at all"})
        for _ in range(8):
            client.post("/auth/login", json={"email": "nobody@example.org", "password": "not it at all"})
        client.headers["Authorization"] = "Bearer " + made.json()["access_token"]
        change = {"current_password": "not it at all", "new_password": "another " + PASSWORD}
        client.post("/users/me/password", json=change)
        client.post("/users/me/password", json=change | {"current_password": PASSWORD})
        client.delete("/users/me/sessions")
        client.request("DELETE", "/users/me", json={"password": "another " + PASSWORD})
    with run.signed_in() as client:
        client.post("/auth/logout")


EVENTS = [
    "registered", "sign_in_failed", "locked", "password_wrong", "password_changed", "sessions_ended", "deleted",
    "signed_in", "signed_out",
]


def test_what_happens_to_accounts_is_in_the_journal_without_addresses():
    run = Serve()
    try:
        happenings(run)
        for event in EVENTS:
            assert eventually(lambda: f"account.{event} " in run.log), event
        lines = [line for line in run.lines if "account." in line]
        assert not any("@" in line or "127.0.0.1" in line or PASSWORD in line for line in lines), lines
        # The same address has the same pseudonym.
        failed = {line.split("account=")[1].split()[0] for line in lines if "account.sign_in_failed" in line}
        assert len(failed) == 2, lines
    finally:
        run.remove()


def test_addresses_are_in_the_journal_where_that_is_wanted():
    run = Serve(ATELIER_LOG_ADDRESSES="yes")
    try:
        happenings(run)
        assert eventually(lambda: "account.sign_in_failed account=nobody@example.org from=127.0.0.1" in run.log)
    finally:
        run.remove()


def test_a_full_disk_does_not_end_reading(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=True)
    run = None
    try:
        run = Serve(state=disk / "state")
        with run.client() as client:
            token = client.post("/auth/login", json={"email": "admin@localhost", "password": PASSWORD}).json()[
                "refresh_token"
            ]
            client.cookies.clear()
            ballast = os.open(disk / "ballast", os.O_CREAT | os.O_WRONLY)
            try:
                while True:
                    os.write(ballast, b"x" * 4096)
            except OSError:
                pass
            # The database's log may have room left for some renewals; after that they come without writing.
            for _ in range(2000):
                answer = client.post("/auth/refresh", json={"refresh_token": token})
                client.cookies.clear()
                assert answer.status_code == 200, answer.text
                if answer.json()["refresh_token"] == token:
                    break
                token = answer.json()["refresh_token"]
            else:
                raise AssertionError("the disk never was full")
            headers = {"Authorization": "Bearer " + answer.json()["access_token"]}
            assert client.get("/conversations", headers=headers).status_code == 200
            # A sign-out that could not be stored is not said to be done; the browser is out all the same.
            refused = client.post("/auth/logout", headers=headers)
            assert refused.status_code == 507 and refused.json()["code"] == "session_not_ended", refused.text
            assert sum("Max-Age=0" in field for field in refused.headers.get_list("set-cookie")) == 2
            assert client.get("/users/me", headers=headers).status_code == 200
            (disk / "ballast").unlink()
            os.close(ballast)
            answer = client.post("/auth/refresh", json={"refresh_token": token})
            assert answer.status_code == 200 and answer.json()["refresh_token"] != token
            assert client.post("/auth/logout", headers=headers).status_code == 204
            assert client.get("/users/me", headers=headers).json()["code"] == "session_revoked"
    finally:
        if run:
            run.stop()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_where_the_database_is_gone_no_new_one_opens_to_strangers():
    run = Serve()
    try:
        run.stop()
        database = run.state / "app.db"
        kept = database.read_bytes()
        database.unlink()
        command = [binary(), "serve", "--nginx", str(ROOT / "nginx"), "--state", str(run.state), "--port", str(run.port)]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
        said = refused.stdout + refused.stderr
        assert refused.returncode != 0 and str(database) in said and "atelier restore" in said, said
        assert not database.exists()
        database.write_bytes(kept)
        again = Serve(state=run.state)
        again.stop()
    finally:
        run.remove()
