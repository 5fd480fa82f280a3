"""What is wrong with the event files themselves."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tb_explain.doctor.finding import Finding, Patient, Severity
from tb_explain.reading.log import LoggedFile, LoggedRun, LoggedTag, Value
from tb_explain.reading.tfrecord import Damage

NEARBY_DEPTH = 3  # folders below the parent of what was asked for
NEARBY_FOLDERS = 2000  # looked into at most, of which
NEARBY_SHOWN = 3
_ASIDE = "Move the file away once its run has ended; `tb-explain export` still reads the rest."
_GIVE = "Give the directory that the logger writes to, trainer.logger.log_dir, or one above it."
_READABLE = "Let the user that runs TensorBoard read it (chmod -R a+rX), or be its owner."
_KILLED = (
    "Nothing is to be done if the run is still writing. Else it was killed or its disk was full: "
    "free some, and resume it from its checkpoint."
)
_ONE_WRITER = (
    "Let one logger write to each directory. For this log: tensorboard --load_fast=true, or "
    "--reload_multifile=true, or start TensorBoard again."
)
_OWN_DIRECTORY = (
    "Nothing if it was resumed from an older checkpoint. Else give each training a directory of "
    "its own: TensorBoardLogger(version=None) makes version_0, version_1, ..."
)
_RESUMED = "Nothing is to be done: a later file resumed the run, and goes on beyond these steps."


def no_event_files(patient: Patient) -> Iterator[Finding]:
    """Finds that the directory is not there, or is not where the event files are."""
    if patient.log and (patient.log.runs or patient.log.unlisted):
        return
    near = _nearby(patient.directory)
    if patient.log:
        what, cure = "The path holds no event files.", _other_path(near)
    else:
        what = "There is no such directory: it was removed or moved, or never was."
        cure = _gone(Path(patient.directory).name, near)
    yield Finding("no_event_files", "error", patient.directory, what, cure)


def _other_path(near: Sequence[str]) -> str:
    if not near:
        return _GIVE
    shown = near[:NEARBY_SHOWN]
    return f"There are event files in {', '.join(shown)}: tensorboard --logdir {shown[0]!r}"


def _gone(name: str, near: Sequence[str]) -> str:
    """Returns where a directory of that name may be now; others are not taken for it."""
    moved = next((folder for folder in near if name in Path(folder).parts), None)
    if moved is not None:
        return f"Event files are in {moved}, if that is it: tensorboard --logdir {moved!r}"
    if not near:
        return _GIVE
    others = ", ".join(near[:NEARBY_SHOWN])
    return f"{_GIVE} Event files of what may be other trainings are in {others}."


def unreadable_files(patient: Patient) -> Iterator[Finding]:
    """Finds files and folders that may not be read."""
    if not patient.log:
        return
    refused = dict(patient.log.unlisted)
    for run in patient.log.runs.values():
        refused |= {file.path: file.error for file in run.files if file.error}
    for path, reason in refused.items():
        cure = "Rename it." if "UTF-8" in reason else _READABLE
        yield Finding("unreadable_files", "error", path, f"It cannot be read: {reason}.", cure)


def damaged_files(patient: Patient) -> Iterator[Finding]:
    """Finds event files that were cut off or altered."""
    for run in _runs(patient):
        for file in run.files:
            for damage in file.damages:
                yield _damaged(f"{file.path}, byte {damage.offset}", damage)


def _damaged(where: str, damage: Damage) -> Finding:
    if damage.rest_lost and "ends within" in damage.reason:
        what = f"The last record is incomplete: {damage.reason}. All before it are read."
        return Finding("damaged_files", "warning", where, what, _KILLED)
    what = f"A record is damaged: {damage.reason}. TensorBoard reads nothing behind it."
    return Finding("damaged_files", "error", where, what, _ASIDE)


def two_writers(patient: Patient) -> Iterator[Finding]:
    """Finds runs of which two files were written at the same time."""
    for run in _runs(patient):
        files = [file for file in run.files if file.events]
        frozen = [pair for pair in itertools.pairwise(files) if _overlap(*pair)]
        if frozen:
            earlier, later = (Path(file.path).name for file in frozen[0])
            what = (
                f"{earlier} was written on after {later} had begun: TensorBoard's Python reader "
                "shows nothing of the first from then on."
            )
            yield Finding("two_writers", "warning", run.name, what, _ONE_WRITER)


def steps_backwards(patient: Patient) -> Iterator[Finding]:
    """Finds runs that were resumed, or began again at an earlier step in the same directory."""
    for run in _runs(patient):
        turns = [turn for tag in run.tags.values() for turn in _turns(tag)]
        if turns:
            resumed = all(_is_resumed(run, turn) for turn in turns)
            turn = max(turns, key=lambda turn: turn.before.step - turn.after.step)
            how = "resumed" if resumed else "resumed, or begun again in the same directory"
            what = (
                f"Steps go back from {turn.before.step:,} to {turn.after.step:,}: the run was "
                f"{how}. TensorBoard drops what it had from step {turn.after.step:,} on."
            )
            severity: Severity = "note" if resumed else "warning"
            cure = _RESUMED if resumed else _OWN_DIRECTORY
            yield Finding("steps_backwards", severity, run.name, what, cure)


@dataclass(frozen=True)
class _Turn:
    """Where the steps of a tag go back: the values around it, and the steps at both ends."""

    before: Value
    after: Value
    first: int
    highest_after: int


def _turns(tag: LoggedTag) -> Iterator[_Turn]:
    values = tag.values
    for place, (before, after) in enumerate(itertools.pairwise(values), 1):
        if after.step < before.step:
            highest = max(value.step for value in values[place:])
            yield _Turn(before, after, values[0].step, highest)


def _is_resumed(run: LoggedRun, turn: _Turn) -> bool:
    """Whether a later file takes the steps up after the first one, and as far as they had come."""
    between = any(
        turn.before.wall_time < (file.first_wall_time or 0) <= turn.after.wall_time
        for file in run.files
    )
    return between and turn.first < turn.after.step and turn.before.step <= turn.highest_after


def _runs(patient: Patient) -> list[LoggedRun]:
    return list(patient.log.runs.values()) if patient.log else []


def _overlap(earlier: LoggedFile, later: LoggedFile) -> bool:
    times = earlier.last_wall_time, later.first_wall_time
    return times[0] is not None and times[1] is not None and times[0] > times[1]


def _nearby(directory: str) -> list[str]:
    """Returns the folders near `directory` that hold event files, the nearest first."""
    if "://" in directory:
        return []
    asked = Path(directory).absolute()
    top = next((folder for folder in asked.parents if folder.is_dir()), asked)
    near = sorted(_with_events(top), key=lambda folder: (_far(folder, asked), folder))
    return [min(os.path.relpath(path), str(path), key=len) for path in near]


def _far(folder: Path, asked: Path) -> int:
    """Returns how many folders a person goes up and down from `asked` to `folder`."""
    return len(Path(os.path.relpath(folder, asked)).parts)


def _with_events(top: Path) -> Iterator[Path]:
    """Yields the folders at or below `top` that hold event files, those less deep first."""
    level = [top]
    left = NEARBY_FOLDERS
    for _ in range(NEARBY_DEPTH + 1):
        walked = [next(os.walk(folder), (str(folder), [], [])) for folder in level[:left]]
        left -= len(walked)
        yield from (Path(f) for f, _, files in walked if any("tfevents" in file for file in files))
        level = [
            Path(f, name) for f, names, _ in walked for name in sorted(names) if name[0] != "."
        ]
