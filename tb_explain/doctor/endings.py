"""Monitors that stopped for good while their training went on, as where a disk stayed full.

Said only where a monitor's own rhythm leaves no doubt: its stated one, or that of its newest
records where it is slower (validation every n epochs), which must have passed several times over.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tb_explain.doctor.finding import Finding, Patient
from tb_explain.reading import LoadedRecord, Run
from tb_explain.reading.log import LoggedRun, Moments

# A schedule that is widened after the last record at most doubles: twice that is no accident.
PERIODS = 5
LEAST_RECORDS = 3  # of the trained model; fewer tell no rhythm
NEWEST = 10  # records whose distances are looked at
# Monitors that share a budget widen by more: one record must cost less than this share of it.
SMALL_SHARE = 0.05
_ONCE = frozenset(("graph", "plan"))  # recorded when something happens, whatever the schedule
_EVERY = re.compile(r"every (?:(\d+) )?(step|epoch)s?")
_CURE = (
    "The training's own output says why: a disk that was full, a callback that was removed. "
    "Mend that, and resume from a checkpoint of that time if the records are worth it."
)


@dataclass(frozen=True)
class _Rhythm:
    """What a monitor's newest records say of when the next one was due.

    Attributes:
      last: the newest record that holds its status.
      period: steps between records.
    """

    last: LoadedRecord
    period: float


def stopped_short(patient: Patient) -> Iterator[Finding]:
    """Finds monitors that recorded no more while their run went on."""
    for name, run in patient.runs.items():
        folder = patient.log.runs.get(name) if patient.log else None
        for monitor in sorted({series.monitor for series in run.values()}) if folder else ():
            rhythm = _rhythm(_status_records(run, monitor))
            if folder and rhythm:
                end, wall_time = _end(folder, monitor, rhythm)
                missing = int((end - rhythm.last.step) / rhythm.period)
                if missing >= PERIODS and _is_affordable(run, rhythm.last, wall_time):
                    yield _finding(f"{name}, {monitor}", rhythm, end, missing)


def _finding(where: str, rhythm: _Rhythm, end: int, missing: int) -> Finding:
    every = rhythm.last.fields["every"]
    what = (
        f"The last record is of step {rhythm.last.step:,}, though the run went on to step {end:,} "
        f"and the monitor records {every}: some {missing:,} records are missing at the end."
    )
    return Finding("stopped_short", "warning", where, what, _CURE)


def _status_records(run: Run, monitor: str) -> list[LoadedRecord]:
    """Returns the records that say what the monitor's schedule was, by step."""
    of_monitor = (each for each in run.values() if each.monitor == monitor)
    found = (
        record
        for series in of_monitor
        if series.kind not in _ONCE
        for record in series
        if isinstance(record.fields.get("every"), str)
    )
    return sorted(found, key=lambda record: record.step)


def _rhythm(records: Sequence[LoadedRecord]) -> _Rhythm | None:
    """Returns the rhythm of a monitor's records; None where there is none, or the last is a gap."""
    stated = _EVERY.fullmatch(records[-1].fields["every"]) if records else None
    if not stated or records[-1].fields.get("gap"):  # of which `gaps` speaks
        return None
    by_step = {record.step: record for record in records if record.epoch >= 0}
    newest = list(by_step.values())[-NEWEST:]
    if len(newest) < LEAST_RECORDS:
        return None
    pairs = list(itertools.pairwise(newest))
    steps = statistics.median(after.step - before.step for before, after in pairs)
    period = int(stated[1] or 1) * (1 if stated[2] == "step" else _steps_per_epoch(pairs))
    return _Rhythm(records[-1], max(period, steps))


def _steps_per_epoch(pairs: Sequence[tuple[LoadedRecord, LoadedRecord]]) -> float:
    return max(
        (after.step - before.step) / max(1, after.epoch - before.epoch) for before, after in pairs
    )


def _end(folder: LoggedRun, monitor: str, rhythm: _Rhythm) -> tuple[int, float]:
    """Returns the last step that anything else of the same training was written at, and when."""
    last = rhythm.last
    later = (file.first_wall_time for file in folder.files)
    # A file that was begun later is of a resumed training, which may have been without the monitor.
    until = min((time for time in later if time and time > last.wall_time), default=float("inf"))
    others = list(folder.other_tags.values())
    for name, tag in folder.tags.items():
        if name.partition("/")[0] != monitor:
            others.append(Moments.of(tag.values))
    reached = (_reached(moments, rhythm, until) for moments in others)
    return max((found for found in reached if found), default=(last.step, last.wall_time))


def _reached(moments: Moments, rhythm: _Rhythm, until: float) -> tuple[int, float] | None:
    """Returns the last of `moments`, once those before the last record show that steps are meant.

    Whatever was written by then must be at about its step: scalars may count samples, or epochs.
    """
    last = rhythm.last
    pairs = list(zip(moments.steps, moments.wall_times, strict=True))
    before = max((step for step, time in pairs if time <= last.wall_time), default=0)
    if not last.step / 2 <= before <= last.step + rhythm.period:
        return None
    return max((pair for pair in pairs if last.wall_time < pair[1] < until), default=None)


def _is_affordable(run: Run, last: LoadedRecord, wall_time: float) -> bool:
    """Whether a budget that monitors share had room for a record from `last` up to `wall_time`."""
    shared = [record.fields.get("max_overhead") for each in run.of_kind("setup") for record in each]
    limits = [limit for limit in shared if limit is not None]
    cost, overhead = last.fields.get("cost_ms") or 0.0, last.fields.get("overhead") or 0.0
    room = min(limits, default=float("inf")) * max(0.0, wall_time - last.wall_time)
    return cost / 1e3 <= SMALL_SHARE * room and overhead <= min(limits, default=float("inf"))
