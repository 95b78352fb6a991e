"""Backup and restore with the real program: under load, damaged, killed at every step, on a full disk."""

import fcntl
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from serve import PASSWORD, Serve, binary, eventually

# What changes files and their names; a kill at each of these is a kill at every moment that matters.
CHANGES = ["rename", "renameat", "link", "unlink", "unlinkat", "rmdir", "mkdir", "fsync", "fdatasync", "syncfs",
           "chmod", "fchmod", "ftruncate"]


class Place:
    """A state directory with a database, and the program on it."""

    def __init__(self, root: Path, name="state"):
        self.root, self.state, self.backups = root, root / name, root / "backups"
        for directory in [self.state, root / "run"]:
            directory.mkdir(parents=True, exist_ok=True)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("ATELIER_")} | {
            "ATELIER_STATE": str(self.state), "ATELIER_RUN": str(root / "run"), "ATELIER_BACKUPS": str(self.backups),
            "ATELIER_ADMIN_PASSWORD": PASSWORD, "TMPDIR": str(root)}

    def run(self, *words, through=(), **more):
        return subprocess.run(
            [*through, binary(), *words], env=self.environment | more, capture_output=True, text=True, timeout=300)

    def must(self, *words, **more):
        result = self.run(*words, **more)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def back_up(self, *flags):
        return Path(self.must("backup", *flags))

    def prepare(self, titles=()):
        self.must("migrate")
        self.write(*titles)
        for number in range(3):
            self.add_media(f"ab/{number}", b"picture %d" % number)

    def write(self, *titles):
        with closing(sqlite3.connect(self.state / "app.db")) as database, database:
            for title in titles:
                database.execute(
                    "INSERT INTO conversations (id, user_id, title, title_source, created_ms, updated_ms)"
                    " SELECT ?, id, ?, 'text', 1, 1 FROM users", (title, title))

    def add_media(self, name, content):
        path = self.state / "media" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def contents(self):
        """Everything that a backup is about: the database as SQL, and the media. The database must be sound."""
        with closing(sqlite3.connect(self.state / "app.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert database.execute("PRAGMA foreign_key_check").fetchall() == []
            # A restore makes keys of its own.
            dump = "\n".join(line for line in database.iterdump() if not line.startswith('INSERT INTO "instance"'))
        media = self.state / "media"
        files = {str(path.relative_to(media)): path.read_bytes() for path in media.rglob("*") if path.is_file()}
        return dump, files

    def record(self):
        return json.loads((self.state / "backup.json").read_text())

    def archives(self):
        return sorted(self.backups.glob("atelier-*.tar.zst"))

    def kills(self, *words, begin=lambda: None):
        """Runs a command again and again, killed at each of its changes of the file system in turn.

        Yields the result after each, the last of each kind of change being a run that was not killed.
        """
        total = 0
        for call in CHANGES:
            number = 0
            killed = True
            while killed:
                number += 1
                begin()
                result = self.run(*words, through=(
                    "strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                    "-e", f"inject={call}:signal=SIGKILL:when={number}"))
                killed = result.returncode != 0
                assert result.returncode in (0, -9, 137), result.stderr
                total += killed
                yield killed
        print(f"{' '.join(words)}: killed at {total} moments")
        assert total > 10


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    place.prepare(["one"])
    return place


def test_a_round_trip_gives_the_same_data(place):
    before = place.contents()
    archive = place.back_up("--verify")
    record = place.record()
    assert record["file"] == str(archive) and record["bytes"] == archive.stat().st_size
    assert record["verified"] is True and record["error"] is None and record["finished"] >= record["started"]
    place.write("two")
    place.add_media("cd/later", b"later")
    (place.state / "media/ab/0").unlink()
    other = place.contents()
    said = place.must("restore", str(archive))
    assert "kept" in said and "signed out: 0 sessions have ended and all keys are new" in said
    assert place.contents() == before
    kept = next(place.state.glob("before-restore-*"))
    assert Place(place.root, kept.relative_to(place.root)).contents() == other
    place.must("migrate")
    assert place.contents() == before


def test_a_restore_is_in_the_journal(place):
    archive = place.back_up()
    log = Path("/dev/log")
    if log.exists():
        place.must("restore", str(archive))
        words = ["journalctl", "--identifier=atelier-restore", "--since=-5min", "--output=cat"]
        assert eventually(lambda: str(archive) in subprocess.run(words, capture_output=True, text=True).stdout)
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(log))
        try:
            place.must("restore", str(archive))
            journal.settimeout(20)
            assert f"account.restored ended=0 file={archive}" in journal.recv(4096).decode()
        finally:
            log.unlink()


def test_tar_opens_it(place):
    archive = place.back_up()
    names = subprocess.run(["tar", "-tf", str(archive)], capture_output=True, text=True, check=True).stdout.split()
    assert names == ["app.db", "media/ab/", "media/ab/0", "media/ab/1", "media/ab/2", "manifest.json"]


def test_every_row_acknowledged_before_is_in_a_backup_under_load():
    run = Serve()
    try:
        place = Place(run.state.parent / (run.state.name + "-backups"))
        place.environment["ATELIER_STATE"] = str(run.state)
        place.environment["ATELIER_RUN"] = str(run.run_directory)
        acknowledged, stop = [], threading.Event()

        def hammer():
            with run.signed_in() as client:
                while not stop.is_set():
                    acknowledged.append(client.post("/conversations", json={}).json()["id"])

        writers = [threading.Thread(target=hammer) for _ in range(4)]
        for writer in writers:
            writer.start()
        assert eventually(lambda: len(acknowledged) > 100)
        for _ in range(3):
            certain = list(acknowledged)
            archive = place.back_up("--verify")
            place.must("backup", "verify", str(archive))
            unpacked = place.root / "unpacked"
            unpacked.mkdir(exist_ok=True)
            subprocess.run(["tar", "-xf", str(archive), "-C", str(unpacked)], check=True)
            with closing(sqlite3.connect(unpacked / "app.db")) as database:
                stored = {row[0] for row in database.execute("SELECT id FROM conversations")}
            assert set(certain) <= stored
        refused = place.run("restore", str(archive))
        assert refused.returncode != 0 and "Stop them first" in refused.stderr
        stop.set()
        for writer in writers:
            writer.join()
        print(f"{len(certain)} of {len(acknowledged)} rows were certain, {len(stored)} in the last backup")
        with run.signed_in() as client:
            assert client.get("/health").status_code == 200
        run.stop()
        place.must("restore", str(archive))
        with closing(sqlite3.connect(run.state / "app.db")) as database:
            assert {row[0] for row in database.execute("SELECT id FROM conversations")} == stored
        shutil.rmtree(place.root)
    finally:
        run.remove()


def test_media_that_come_and_go_do_not_disturb_a_backup(place):
    stop = threading.Event()

    def churn():
        number = 0
        while not stop.is_set():
            place.add_media(f"cd/{number}", b"x" * 1000)
            (place.state / f"media/cd/{number - 5}").unlink(missing_ok=True)
            number += 1

    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(5):
            place.back_up("--verify")
    finally:
        stop.set()
        thread.join()


def test_a_damaged_byte_is_told_with_its_member(place):
    place.add_media("ab/large", os.urandom(1 << 20))
    archive = place.back_up()
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 1]) + whole[len(whole) // 2 + 1 :])
    result = place.run("backup", "verify")
    assert result.returncode != 0 and "media/ab/large" in result.stderr, result.stderr
    before = place.contents()
    refused = place.run("restore", str(archive))
    assert refused.returncode != 0 and "media/ab/large" in refused.stderr
    assert place.contents() == before
    archive.write_bytes(whole[:-100])
    assert place.run("backup", "verify").returncode != 0
    archive.write_bytes(whole)
    assert "sound" in place.must("backup", "verify")


@pytest.mark.parametrize("flags", [[], ["--verify"]])
def test_a_backup_killed_at_any_moment_leaves_no_half_archive(place, flags):
    place.environment["ATELIER_BACKUP_KEEP"] = "1000"
    first = place.back_up()
    before = place.contents()
    for _ in place.kills("backup", *flags):
        assert first in place.archives()
        assert place.contents() == before
    for archive in place.archives():
        place.must("backup", "verify", str(archive))
    assert [path.name for path in place.backups.iterdir() if path.name.startswith(".")] == []


def test_a_restore_killed_at_any_moment_leaves_the_old_state_or_the_new_one(place):
    archive = place.back_up()
    new, new_files = place.contents()
    place.add_media("cd/later", b"later")
    (place.state / "media/ab/0").unlink()
    original = place.root / "original"
    with closing(sqlite3.connect(place.state / "app.db")) as open_one:
        open_one.execute("SELECT count(*) FROM users").fetchone()  # so that the writer is not the last to close
        place.write("two")
        shutil.copytree(place.state, original)  # with a log that holds what is new
    old, old_files = place.contents()
    assert old != new and (original / "app.db-wal").stat().st_size > 0

    def begin():
        shutil.rmtree(place.state)
        shutil.copytree(original, place.state)

    seen = set()
    for killed in place.kills("restore", str(archive), begin=begin):
        present, files = place.contents()
        assert present in (old, new)
        needed = old_files if present == old else new_files
        assert needed.items() <= files.items()
        seen.add(present == new)
        if killed:
            place.must("restore", str(archive))
        assert place.contents() == (new, new_files)
        # The state before has its name now, at the latest since the next restore.
        kept = [Place(place.root, path.relative_to(place.root)) for path in place.state.glob("before-restore-*")]
        states = [state.contents() for state in kept]
        assert any(database == old and old_files.items() <= files.items() for database, files in states)
        assert not (place.state / "restore.partial").exists()
    assert seen == {True, False}


def test_retention_keeps_the_newest(place):
    place.environment["ATELIER_BACKUP_KEEP"] = "2"
    made = [place.back_up() for _ in range(4)]
    assert place.archives() == made[-2:]


def test_two_backups_at_once(place):
    place.back_up()
    record = place.record()
    held = os.open(place.backups, os.O_RDONLY)  # as the program does
    fcntl.flock(held, fcntl.LOCK_EX)
    refused = place.run("backup")
    assert refused.returncode != 0 and "Another backup is being made" in refused.stderr
    assert place.record() == record and len(place.archives()) == 1
    os.close(held)
    place.back_up()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_said_clearly_and_costs_nothing(place):
    place.backups.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(place.backups)], check=True)
    try:
        first = place.back_up()
        place.add_media("ab/large", os.urandom(5 << 20))
        result = place.run("backup")
        assert result.returncode != 0 and "no space left" in result.stderr, result.stderr
        assert [path.name for path in place.backups.iterdir()] == [first.name]
        assert "no space left" in place.record()["error"] and place.record()["file"] is None
        place.must("backup", "verify")
        (place.state / "media/ab/large").unlink()
        place.back_up()
    finally:
        subprocess.run(["umount", "-l", str(place.backups)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_restore_onto_a_full_disk_leaves_the_state_as_it_was(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=True)
    try:
        place = Place(tmp_path, "disk/state")
        place.prepare(["one"])
        place.add_media("ab/large", os.urandom(5 << 20))
        archive = place.back_up()
        before = place.contents()
        result = place.run("restore", str(archive))
        assert result.returncode != 0 and "no space left" in result.stderr, result.stderr
        assert place.contents() == before
        assert list(place.state.glob("*restore*")) == []
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_check_names_what_is_wrong_in_the_file_systemd_reads(place):
    file = place.root / "atelier.env"
    file.write_text(f"# Places\nATELIER_STATE='{place.state}'\nATELIER_RUN={place.root}/run\n")
    place.environment["ATELIER_THREADS"] = "none of this is read"
    good = place.run("check", "--environment", str(file))
    assert good.returncode == 0, good.stderr
    assert str(place.state) in good.stdout and "The configuration is sound" in good.stdout
    file.write_text(file.read_text() + "ATELIER_TREADS=64\nATELIER_PROVIDER_KEY=sk-secret\n")
    file.chmod(0o644)
    bad = place.run("check", "--environment", str(file))
    assert bad.returncode == 1
    assert "ATELIER_TREADS" in bad.stderr and "Is ATELIER_THREADS meant?" in bad.stderr
    assert f"chmod 600 {file}" in bad.stderr
    assert "sk-secret" not in bad.stdout + bad.stderr
