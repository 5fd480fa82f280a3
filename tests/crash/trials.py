"""Killing a training at any moment and resuming it, over and over."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from torch.utils.tensorboard.writer import FileWriter

import tb_explain
from tb_explain import schema
from tb_explain.reading.log import read_log
from tests.crash import training

PATIENCE = 120  # seconds for one training of a second
AT_ONCE = 4  # records that one write may hold
SEAMS = ("before", "queued", "flushed")  # of writing a record

# Digests of records by tag and step.
Records = dict[tuple[str, int], str]


@dataclass
class Trial:
    """What became of one training that was killed some times."""

    root: Path
    kills: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # flushed, and not in the files

    def wrong(self, found: Records) -> list[str]:
        """Returns, in words, what `found` has that should not count, or lacks."""
        expected = self.expected
        words = [
            f"{key}: {found.get(key)} in place of {digest}"
            for key, digest in expected.items()
            if found.get(key) != digest
        ]
        # Killed between flushing and telling, a few are there of which nobody was told.
        extra = sorted(found.keys() - expected)
        words += [f"{key}: not expected" for key in extra[AT_ONCE * len(self.kills) :]]
        last = max(step for _, step in expected)
        for tag in {tag for tag, _ in expected}:
            monitor, _, kind = tag.partition("/")
            steps = {step for name, step in found if name == tag}
            if monitor != "outputs" and kind != "alerts":
                words += [f"{tag}: gap at {step}" for step in training.due(monitor, last) - steps]
        return words

    @property
    def expected(self) -> Records:
        """What counts: of each step what the last attempt that came by recorded."""
        lines = [line.split() for line in (self.root / "witness").read_text().splitlines()]
        return {(tag, int(step)): digest for tag, step, digest in lines if not is_table(tag)}

    def loaded(self) -> Records:
        """Returns what `tb_explain.load` reads."""
        (run,) = tb_explain.load(self.root).values()
        found = [(tag, r.step, training.digest(r.stored)) for tag, of in run.items() for r in of]
        assert len({each[:2] for each in found}) == len(found), "a step is there twice"
        return {(tag, step): digest for tag, step, digest in found if not is_table(tag)}


def processes() -> multiprocessing.context.ForkServerContext:
    """Returns what starts processes in which all that takes long to import is imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.training"])
    return context


def trial(context: multiprocessing.context.BaseContext, root: Path, seed: int) -> Trial:
    """Kills a training one to three times at random moments, and resumes it to its end."""
    chance = random.Random(seed)
    done = Trial(root)
    for _ in range(chance.choice((1, 1, 2, 3))):
        seam = chance.choice((None, *SEAMS))
        at = chance.uniform(0.0, 0.5) if seam is None else chance.randint(1, 40)
        done.kills.append(f"{seam or 'time'} {at}")
        if _run(context, root, seam, at):
            break  # it had ended before
        done.lost += _lost(root)
    else:
        assert _run(context, root, None, 0.0)
    done.lost += _lost(root)
    return done


def _run(context, root: Path, seam: str | None, at: float) -> bool:
    """Trains until it ends or is killed; returns whether it ended."""
    root.mkdir(exist_ok=True)
    witness = root / "witness"
    before = witness.stat().st_size if witness.exists() else 0
    process = context.Process(target=_train, args=(root, witness, seam, at))
    process.start()
    if seam is None and at:
        while (not witness.exists() or witness.stat().st_size == before) and process.is_alive():
            time.sleep(0.002)
        time.sleep(at)
        process.kill()
    process.join(PATIENCE)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode == 0


def _train(root: Path, witness: Path, seam: str | None, at: float) -> None:
    if seam:
        _die_at(seam, int(at))
    training.train(root, witness)


def _die_at(seam: str, count: int) -> None:
    """Kills this process at its `count`-th write of records, at one of the SEAMS."""
    writer = training.RecordWriter
    write = writer.write
    left = [count]

    def dying(self, records, mirrored=(), **options):
        left[0] -= 1
        if not left[0] and seam == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, records, mirrored, **options)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    writer.write = dying
    if seam == "queued":
        _die_in_flush(left)


def _die_in_flush(left: list[int]) -> None:
    """Kills this process when event files are flushed and `left` has come to 0."""
    flush = FileWriter.flush

    def dying(self):
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        flush(self)

    FileWriter.flush = dying


def _lost(root: Path) -> list[str]:
    """Returns what was flushed and is not in the event files."""
    there = set()
    for run in read_log(str(root)).runs.values():
        for tag in run.tags.values():
            for value in tag.values:
                record = schema.unpack(value.strings[0])
                there.add(f"{record.tag} {record.step} {training.digest(record)}")
    return sorted(set((root / "witness").read_text().splitlines()) - there)


def is_table(tag: str) -> bool:
    """Whether `tag` holds what each event file says anew, since records refer to it."""
    return tag.startswith("probe/") or tag.endswith("/layer_table")
