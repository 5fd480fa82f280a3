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
from lightning_callbacks import Keep
from lightning_callbacks.writer import RecordWriter
from tb_explain import schema
from tb_explain.reading.log import read_log
from tests.crash import training
from tests.crash.witness import Records, Witness, by_key, digest, is_table

PATIENCE = 120  # seconds for one training of a second
SEAMS = ("before", "queued", "flushed")  # of writing a record
KEEP = (Keep.of("all"), Keep.of(4), Keep.of("all"), Keep(per_doubling=2, last=3), Keep.of(6))
# Writes until one of the latter dies, five a step: first where folders were removed already, then
# soon after it was resumed, when what lies behind the checkpoint is there twice.
AIMED = ((50, 80), (8, 20))


@dataclass
class Trial:
    """What became of one training that was killed some times."""

    root: Path
    keep: Keep
    kills: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)  # flushed, and not in the files

    def wrong(self, found: Records) -> list[str]:
        """Returns, in words, what `found` has that should not count, or lacks."""
        witness = self.witness()
        words = witness.wrong(found)
        if witness.ends[-1:] != [training.STEPS]:
            words.append(f"ended at {witness.ends}")
        for tag in {tag for tag, _ in witness.done}:
            monitor, _, kind = tag.partition("/")
            steps = {step for name, step in witness.done if name == tag}
            if monitor != "outputs" and kind != "alerts":
                due = training.due(monitor, training.STEPS)
                words += [f"{tag}: gap at {step}" for step in due - steps]
        return words

    def witness(self) -> Witness:
        """Returns what the training told so far."""
        return Witness.read(self.root / "witness", self.keep.last)

    def loaded(self) -> Records:
        """Returns what `tb_explain.load` reads."""
        (run,) = tb_explain.load(self.root).values()
        found: Records = {}
        for tag, records in run.items():
            if not is_table(tag):
                found |= by_key(tag, (record.stored for record in records))
        return found


def processes() -> multiprocessing.context.ForkServerContext:
    """Returns what starts processes in which all that takes long to import is imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.crash.training"])
    return context


def trial(context: multiprocessing.context.BaseContext, root: Path, seed: int) -> Trial:
    """Kills a training one to three times at random moments, and resumes it to its end."""
    chance = random.Random(seed)
    done = Trial(root, KEEP[seed % len(KEEP)])
    for seam, at in _moments(chance) if done.keep.is_all else _aimed(chance):
        done.kills.append(f"{seam or 'time'} {at}")
        if _run(context, done, seam, at):
            break  # it had ended before
        done.lost += _lost(done)
    else:
        assert _run(context, done, None, 0.0)
    done.lost += _lost(done)
    return done


def _moments(chance: random.Random) -> list[tuple[str | None, float]]:
    seams = [chance.choice((None, *SEAMS)) for _ in range(chance.choice((1, 1, 2, 3)))]
    return [(s, chance.randint(1, 40) if s else chance.uniform(0.0, 0.5)) for s in seams]


def _aimed(chance: random.Random) -> list[tuple[str | None, float]]:
    return [(chance.choice(SEAMS), chance.randint(*between)) for between in AIMED]


def _run(context, done: Trial, seam: str | None, at: float) -> bool:
    """Trains until it ends or is killed; returns whether it ended."""
    done.root.mkdir(exist_ok=True)
    witness = done.root / "witness"
    before = witness.stat().st_size if witness.exists() else 0
    process = context.Process(target=_train, args=(done.root, witness, done.keep, seam, at))
    process.start()
    if seam is None and at:
        while (not witness.exists() or witness.stat().st_size == before) and process.is_alive():
            time.sleep(0.002)
        time.sleep(at)
        process.kill()
    process.join(PATIENCE)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode == 0


def _train(root: Path, witness: Path, keep: Keep, seam: str | None, at: float) -> None:
    if seam:
        _die_at(seam, int(at))
    training.train(root, witness, keep)


def _die_at(seam: str, count: int) -> None:
    """Kills this process at its `count`-th write of records, at one of the SEAMS."""
    write = RecordWriter.write
    left = [count]

    def dying(self, records, mirrored=(), **options):
        left[0] -= 1
        if not left[0] and seam == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, records, mirrored, **options)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    RecordWriter.write = dying
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


def _lost(done: Trial) -> list[str]:
    """Returns what was flushed and is not in the event files, though it was to stay.

    That is so of what lies behind a checkpoint too, unless it is to go again.
    """
    there = set()
    for run in read_log(str(done.root)).runs.values():
        for tag in run.tags.values():
            for value in tag.values:
                record = schema.unpack(value.strings[0])
                there.add(f"{record.tag} {record.step} {digest(record)}")
    lines = [line.split() for line in (done.root / "witness").read_text().splitlines()]
    flushed = {" ".join(line[1:4]) for line in lines if line[0] == "done" and line[4] == "run"}
    due = {f"{tag} {step} {found}" for (tag, step), found in done.witness().due().items()}
    return sorted((flushed | due) - there)
