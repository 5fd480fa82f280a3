"""What was recorded twice, since a training was killed and resumed in the same directory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from tb_explain.attempts import BEGUN_ANEW, Attempt, limits, run_of
from tb_explain.doctor.finding import Finding, Patient
from tb_explain.reading.log import LoggedRun, LoggedTag

_Tag = tuple[Attempt, str, LoggedTag]  # a tag, of which attempt, of which monitor

_CURE = "Nothing is to be done: the page and tb_explain.load show the newer ones alone."
_OWN_DIRECTORY = (
    "Nothing if that was meant. Else give each training a directory of its own, as "
    "TensorBoardLogger(version=None) does; the first one's records are still in its event file."
)


def taken_back(patient: Patient) -> Iterator[Finding]:
    """Finds records that a resumed training has taken back."""
    for name, attempts in _by_run(patient).items():
        outdated = _outdated(attempts)
        if not outdated:
            continue
        monitors = sorted({monitor for monitor, _ in outdated})
        count = f"{len(outdated)} record{'s' * (len(outdated) > 1)}"
        steps = f"{count} ({', '.join(monitors)}) of {_between([step for _, step in outdated])}"
        if any(attempt.since == BEGUN_ANEW for attempt, _, _ in attempts):
            what = f"A training began anew in the same directory: {steps} before it do not count."
            yield Finding("taken_back", "note", name, what, _OWN_DIRECTORY)
        else:
            what = (
                f"The training was resumed: {steps} lay behind the checkpoint it went on from, and "
                "do not count."
            )
            yield Finding("taken_back", "note", name, what, _CURE)


def _between(steps: list[int]) -> str:
    first, last = min(steps), max(steps)
    return f"step {first:,}" if first == last else f"steps {first:,} to {last:,}"


def _outdated(attempts: Sequence[_Tag]) -> set[tuple[str, int]]:
    """Returns the monitors and steps whose records do not count, of however many kinds they are."""
    until = limits(attempt for attempt, _, _ in attempts)
    return {
        (monitor, value.step)
        for attempt, monitor, tag in attempts
        for value in tag.values
        if value.step > until[attempt.number]
    }


def _by_run(patient: Patient) -> dict[str, list[_Tag]]:
    """Returns the tags of each run, those of the folders of its newest records among them."""
    found: dict[str, list[_Tag]] = {}
    for folder in patient.log.runs.values() if patient.log else ():
        found.setdefault(run_of(folder.name), []).extend(_tags(folder))
    return found


def _tags(folder: LoggedRun) -> Iterator[_Tag]:
    for name, tag in folder.tags.items():
        attempt = _attempt(tag)
        if attempt:
            yield attempt, name.partition("/")[0], tag


def _attempt(tag: LoggedTag) -> Attempt | None:
    try:
        return Attempt.of(json.loads(tag.content))
    except (ValueError, AttributeError, RecursionError):
        return None  # `unreadable_records` says so
