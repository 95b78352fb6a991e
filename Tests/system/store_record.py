"""What a run wrote to its database files, step by step, and the files as they may be found after a crash."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FILES = ["app.db", "app.db-wal", "app.db-journal"]  # not -shm: it is mapped, and made anew from the log
SECTOR = 512
STRACE = [
    "strace", "-D", "-ff", "--seccomp-bpf", "-qq", "-ttt", "-y", "-xx", "-s", "10000000",
    "-e", "trace=pwrite64,ftruncate,fsync,fdatasync,?unlink,unlinkat", "-e", "signal=none",
]
CALL = re.compile(
    r'(?P<time>[\d.]+) (?P<name>\w+)\((?:AT_FDCWD<[^>]*>, )?(?:\d+<(?P<path>[^>]*)>|"(?P<unlinked>[^"]*)")'
    r'(?:, "(?P<data>[^"]*)", \d+)?(?:, (?P<number>\w+))?\) += (?P<result>\d+)$'
)


@dataclass(frozen=True)
class Step:
    """A system call that changed a file, or made its changes certain."""

    time: float  # of its beginning, since 1970
    name: str
    file: str  # "" for the directory itself
    number: int = 0  # an offset, or a length
    data: bytes = b""

    @property
    def is_sync(self) -> bool:
        return self.name in ("fsync", "fdatasync")

    @property
    def is_plain(self) -> bool:
        """One page of many: no sync, no removal, no change of length, and not the end of a transaction.

        A frame of the log tells in its head whether it is that (sqlite.org/fileformat2.html#the_write_ahead_log).
        """
        is_commit = self.file.endswith("-wal") and len(self.data) == 24 and self.data[4:8] != bytes(4)
        return self.name == "pwrite64" and not is_commit

    def applied(self, content: bytearray | None) -> bytearray | None:
        """The file after it; `None` while there is none. Changes what it is given."""
        if self.name == "unlink":
            return None
        content = bytearray() if content is None else content
        end = self.number + len(self.data)
        content.extend(bytes(max(0, end - len(content))))
        if self.name == "pwrite64":
            content[self.number : end] = self.data
        else:
            del content[self.number :]
        return content

    def torn(self, kept: list[bool]) -> list["Step"]:
        """Only some of the sectors that it wrote."""
        if self.name != "pwrite64":
            return [self] if kept[0] else []
        cuts = range(0, len(self.data), SECTOR)
        return [
            Step(self.time, self.name, self.file, self.number + cut, self.data[cut : cut + SECTOR])
            for cut, is_kept in zip(cuts, kept) if is_kept
        ]


def read_record(traces: Path, state: Path) -> list[Step]:
    """All steps of all threads, in their order in time: writers come one at a time."""
    steps = [
        step for trace in traces.iterdir() for line in trace.read_text().splitlines() if (step := read_step(line, state))
    ]
    return sorted(steps, key=lambda step: step.time)


def read_step(line: str, state: Path) -> Step | None:
    call = CALL.match(line)
    if call is None:
        return None
    path = unescape(call["path"] or call["unlinked"]).decode()
    file = "" if path == str(state) else path.removeprefix(f"{state}/")
    if file not in ["", *FILES]:
        return None
    name = "unlink" if call["name"] == "unlinkat" else call["name"]
    data = unescape(call["data"] or "")
    assert name != "pwrite64" or int(call["result"]) == len(data), "a short write"
    return Step(float(call["time"]), name, file, int(call["number"] or 0) if name != "unlink" else 0, data)


def unescape(text: str) -> bytes:
    return bytes.fromhex(text.replace(r"\x", ""))


Image = dict[str, bytes]


class Disk:
    """The files while the steps are taken: what is on the disk for certain, and what may be."""

    def __init__(self):
        self.certain: dict[str, bytearray | None] = dict.fromkeys(FILES)
        self.pending: dict[str, list[Step]] = {file: [] for file in FILES}

    def take(self, step: Step):
        if not step.is_sync:
            self.pending[step.file].append(step)
        elif step.file:
            self.settle(step.file)
        else:  # a removal is certain once its directory is
            for file, steps in self.pending.items():
                if steps and steps[-1].name == "unlink":
                    self.settle(file)

    def settle(self, file: str):
        for step in self.pending[file]:
            self.certain[file] = step.applied(self.certain[file])
        self.pending[file] = []

    def image(self, **more: list[Step]) -> Image:
        """What is certain, and of what is not, only the steps named here by file."""
        found = {}
        for file, content in self.certain.items():
            content = None if content is None else bytearray(content)
            for step in more.get(file, []):
                content = step.applied(content)
            if content is not None:
                found[file] = bytes(content)
        return found

    def after_kill(self, next_step: Step | None) -> Iterator[Image]:
        """The process ended: everything it wrote is there, the last call perhaps in part."""
        yield self.image(**self.pending)
        if next_step and next_step.name == "pwrite64" and len(next_step.data) > 1:
            half = Step(next_step.time, "pwrite64", next_step.file, next_step.number,
                        next_step.data[: len(next_step.data) // 2])
            yield self.image(**self.pending | {next_step.file: self.pending[next_step.file] + [half]})

    def after_power_cut(self, chance: random.Random) -> Iterator[Image]:
        """The machine ended: what was not synced is there, or not, or in part, in any order."""
        yield self.image()
        for file, steps in self.pending.items():
            if steps:
                yield self.image(**self.pending | {file: []})
        yield self.image(**{
            file: [
                part for step in steps
                for part in step.torn([chance.random() < 0.5 for _ in range(1 + len(step.data) // SECTOR)])
            ]
            for file, steps in self.pending.items()
        })
