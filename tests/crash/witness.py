"""What a training that is killed said of its records, and what has to be found of them.

A line of the witness file is one of these, each written at once:
  begin SINCE                     an attempt goes on from step SINCE; -1: it begins anew
  try TAG STEP DIGEST PLACE       a record is about to be written, to PLACE ("run" or "recent")
  done TAG STEP DIGEST PLACE      it was flushed
  end STEP                        the training reached its end at STEP
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning_callbacks.writer import RecordWriter
from tb_explain.attempts import BEGUN_ANEW, RECENT

Key = tuple[str, int]  # of a record: its tag and step
Records = dict[Key, str]  # digests


@dataclass
class Witness:
    """What counts by what was told, step for step.

    Attributes:
      last: how many of the newest records of a monitor stay, where not all do.
      done: of records that count, those that were flushed.
      tried: of those that may count, what was to be written at all.
      recent: by monitor, the newest steps that were to be written for a time.
      places: where a record was written.
      ends: steps at which the training reached its end.
    """

    last: int
    done: Records = field(default_factory=dict)
    tried: dict[Key, set[str]] = field(default_factory=dict)
    recent: dict[str, list[int]] = field(default_factory=dict)
    places: dict[Key, str] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, last: int) -> Witness:
        """Returns what `path` tells."""
        witness = cls(last)
        for line in path.read_text().splitlines():
            word, *rest = line.split()
            getattr(witness, f"_{word}")(*rest)
        return witness

    def due(self) -> Records:
        """Returns what must be found; of what goes again, the newest ones that always were so."""
        return {key: digest for key, digest in self.done.items() if self._stays(key)}

    def _stays(self, key: Key) -> bool:
        tag, step = key
        return self.places[key] == "run" or step in self.recent.get(_monitor(tag), ())

    def wrong(self, found: Records) -> list[str]:
        """Returns, in words, what `found` has that nobody wrote or that counts no more, or lacks.

        What was about to be written when the training was killed may be there or not, but if it
        is, then as it was to be.
        """
        words = [f"{key}: missing" for key in self.due().keys() - found.keys()]
        for key, digest in found.items():
            known = self.tried.get(key, set())
            if digest not in known:
                words.append(f"{key}: {digest} in place of {sorted(known) or 'nothing'}")
        return words

    def _begin(self, since: str) -> None:
        """Forgets what lies behind the step from which this attempt goes on."""
        limit = int(since)
        for found in (self.done, self.tried):
            for key in [key for key in found if key[1] > limit]:
                del found[key]
        for monitor, steps in self.recent.items():
            self.recent[monitor] = [step for step in steps if step <= limit]

    def _try(self, tag: str, step: str, digest: str, place: str) -> None:
        key = (tag, int(step))
        self.tried.setdefault(key, set()).add(digest)
        if place == "recent":
            others = [each for each in self.recent.get(_monitor(tag), []) if each != int(step)]
            self.recent[_monitor(tag)] = [*others, int(step)][-self.last :]

    def _done(self, tag: str, step: str, digest: str, place: str) -> None:
        key = (tag, int(step))
        self.done[key], self.places[key] = digest, place
        self.tried[key] = {digest}  # readers hand out the newest one

    def _end(self, step: str) -> None:
        self.ends.append(int(step))


def tell(path: Path) -> Any:
    """Makes every writer of this process tell what it does; returns what adds a line to `path`."""
    begin, write = RecordWriter.begin, RecordWriter.write
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    has_begun: list[int] = []

    def say(text: str) -> None:
        os.write(file, text.encode())

    def beginning(self: RecordWriter, step: int) -> None:
        if not has_begun:  # every monitor says so
            say(f"begin {step or BEGUN_ANEW}\n")
        has_begun.append(step)
        begin(self, step)

    def writing(self: RecordWriter, records: Any, mirrored: Any = (), **options: Any) -> None:
        place = "recent" if RECENT in Path(self.directory).parts else "run"
        lines = [f"{r.tag} {r.step} {digest(r)} {place}\n" for r in records if not is_table(r.tag)]
        say("".join(f"try {line}" for line in lines))
        write(self, records, mirrored, **options)
        say("".join(f"done {line}" for line in lines))

    RecordWriter.begin = beginning  # type: ignore[method-assign]  # of this process alone
    RecordWriter.write = writing  # type: ignore[method-assign]
    return say


def by_key(tag: str, records: Iterable[Any]) -> Records:
    """Returns the digests of what a reader hands out of one series.

    Raises:
      AssertionError: a step is there twice.
    """
    found = [((tag, int(record.step)), digest(record)) for record in records]
    assert len(dict(found)) == len(found), f"{tag} has a step twice"
    return dict(found)


def digest(record: Any) -> str:
    """Returns a hash of a record's arrays."""
    found = hashlib.sha256()
    for name, array in sorted(record.arrays.items()):
        found.update(f"{name} {array.dtype} {array.shape}".encode())
        found.update(array.tobytes())
    return found.hexdigest()[:16]


def is_table(tag: str) -> bool:
    """Whether `tag` holds what each event file says anew, since records refer to it."""
    return tag.startswith("probe/") or tag.endswith("/layer_table")


def _monitor(tag: str) -> str:
    return tag.partition("/")[0]
