"""What is wrong with what was recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tb_explain import schema
from tb_explain.doctor.finding import Finding, Patient
from tb_explain.reading import Run, Series

_CALLBACK = (
    "Add a callback to the trainer, or train again if it had one and the run ended before its "
    "first record: from lightning_callbacks import GradCAMMonitor; "
    "Trainer(callbacks=[GradCAMMonitor()])."
)
_SAME_PROBE = (
    "Give all of them the same probe: Probe(dataset, seed=0) of the same validation data, or one "
    "Probe(samples) that they share."
)
_UPGRADE = "python -m pip install --upgrade tb-explain"
_ALTERED = "They were altered after they were written, or are another program's: leave them out."
_WIDENED = "so the schedule is now"  # as monitors note it
_OFF = "switched off"


def no_records(patient: Patient) -> Iterator[Finding]:
    """Finds event files of which none holds a record of ours."""
    log = patient.log
    if not log or not log.runs or any(run.tags for run in log.runs.values()):
        return
    others = sum(len(run.other_tags) for run in log.runs.values())
    what = (
        f"{len(log.runs)} runs hold {others} tags of other plugins, and no record of tb-explain: "
        "TensorBoard does not even show the tab."
    )
    yield Finding("no_records", "error", log.directory, what, _CALLBACK)


def unreadable_records(patient: Patient) -> Iterator[Finding]:
    """Finds records of a newer tb-explain, and such as are none."""
    for run in patient.log.runs.values() if patient.log else ():
        later: dict[str, int] = {}
        for name, tag in run.tags.items():
            version = _version(tag.content)
            if version is not None and version > schema.VERSION:
                monitor = name.partition("/")[0]
                later[monitor] = max(version, later.get(monitor, 0))
        for monitor, version in later.items():
            yield _newer(f"{run.name}, {monitor}", version)
    for series in _series(patient):
        newer = [problem for problem in series.problems if "format version" in problem]
        others = [problem for problem in series.problems if problem not in newer]
        for problems, cure in ((newer, _UPGRADE), (others, _ALTERED)):
            if problems:
                where = f"{series.run}, {series.tag}"
                what = _cannot_be_read(problems, len(problems) + len(series))
                yield Finding("unreadable_records", "error", where, what, cure)


def _cannot_be_read(problems: Sequence[str], of: int) -> str:
    """Returns how many records of a series cannot be read, which, and why the first can't."""
    reason = problems[0].rstrip(".")
    if len(problems) == 1:
        return f"1 of {of:,} records cannot be read: {reason}."
    steps = [problem.partition(":")[0].removeprefix("step ") for problem in problems]
    more = f" and {len(steps) - 5:,} more" if len(steps) > 5 else ""
    return (
        f"{len(problems):,} of {of:,} records cannot be read, of steps {', '.join(steps[:5])}"
        f"{more}. The first, {reason}."
    )


def missing_records(patient: Patient) -> Iterator[Finding]:
    """Finds monitors that once had more records than the files hold."""
    found: dict[str, list[_Missing]] = {}
    for series in _series(patient):
        written = max((record.stored.written for record in series), default=0)
        thinned = any("keep" in record.fields for record in series)
        if len(series) < written and not thinned:
            missing = _Missing(series.tag.rpartition("/")[2], written, len(series))
            found.setdefault(f"{series.run}, {series.monitor}", []).append(missing)
    for where, missing_kinds in found.items():
        most = max(missing_kinds, key=lambda missing: missing.written - missing.held)
        kinds = ", ".join(sorted(missing.kind for missing in missing_kinds))
        what = (
            f"The monitor recorded {most.written} times, the files hold {most.held} of them "
            f"({kinds}): an event file was removed, or the log was copied by a program that "
            "samples."
        )
        cure = "Copy all event files of the run again, with cp or rsync."
        yield Finding("missing_records", "warning", where, what, cure)


@dataclass(frozen=True)
class _Missing:
    """How many records of a kind a monitor wrote, and how many there are."""

    kind: str
    written: int
    held: int


def gaps(patient: Patient) -> Iterator[Finding]:
    """Finds monitors that failed, with what they failed of."""
    for series in _series(patient):
        failed = [record for record in series if record.fields.get("gap")]
        if not failed:
            continue
        cause = str(failed[-1].fields["gap"])
        steps = ", ".join(f"{record.step:,}" for record in failed[:5])
        more = f" and {len(failed) - 5} more" if len(failed) > 5 else ""
        what = f"The monitor failed at step {steps}{more}: {cause.rstrip('.')}."
        cure = "Mend that cause; with strict=True the monitor raises it, with its traceback."
        where = f"{series.run}, {series.monitor}"
        yield Finding("gaps", "error" if _OFF in cause else "warning", where, what, cure)


def different_samples(patient: Patient) -> Iterator[Finding]:
    """Finds runs of like inputs without a sample in common, which can't be laid side by side."""
    by_inputs: dict[str, list[tuple[str, frozenset[str]]]] = {}
    for name, run in patient.runs.items():
        for inputs, hashes in _samples(run).items():
            by_inputs.setdefault(inputs, []).append((name, hashes))
    for inputs, probes in by_inputs.items():
        groups = _groups(probes)
        if len(groups) > 1:
            words = "; ".join(", ".join(g[:3]) + ", ..." * (len(g) > 3) for g in groups)
            what = f"{len(groups)} groups of runs have no sample in common: {words}."
            where = f"{patient.directory}, {inputs}"
            yield Finding("different_samples", "warning", where, what, _SAME_PROBE)


def widened_schedules(patient: Patient) -> Iterator[Finding]:
    """Says where a monitor recorded less often than it was asked to, to keep within its share."""
    seen: set[tuple[str, str]] = set()
    for series in _series(patient):
        notes = [str(note) for record in series for note in record.fields.get("notes") or ()]
        widened = [note for note in notes if _WIDENED in note]
        if widened and (series.run, series.monitor) not in seen:
            seen.add((series.run, series.monitor))
            where = f"{series.run}, {series.monitor}"
            cure = "Give it a larger max_overhead, a smaller probe, or a cheaper method."
            yield Finding("widened_schedules", "note", where, widened[-1] + ".", cure)


def _newer(where: str, version: int) -> Finding:
    what = f"It has format version {version}; this tb-explain reads 1 to {schema.VERSION}."
    cure = f"{_UPGRADE}, then start TensorBoard again."
    return Finding("unreadable_records", "error", where, what, cure)


def _version(content: bytes) -> int | None:
    try:
        version = json.loads(content)["version"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return version if isinstance(version, int) else None


def _series(patient: Patient) -> Iterator[Series]:
    for run in patient.runs.values():
        yield from run.values()


def _samples(run: Run) -> dict[str, frozenset[str]]:
    """Returns the content hashes of the samples of the run's probes, by what inputs they are."""
    found: dict[str, frozenset[str]] = {}
    for record in (record for probe in run.of_kind("probe") for record in probe):
        inputs = f"{record.fields.get('modality')} inputs of shape {record.fields.get('shape')}"
        hashes = frozenset(str(each) for each in record.fields.get("hashes") or ())
        found[inputs] = found.get(inputs, frozenset()) | hashes
    return found


def _groups(probes: Sequence[tuple[str, frozenset[str]]]) -> list[list[str]]:
    """Returns the names of runs that have samples in common, group by group."""
    later = list(range(len(probes)))  # of each run one of its group that comes later, or itself

    def last(number: int) -> int:
        while later[number] != number:
            later[number] = number = later[later[number]]
        return number

    first: dict[str, int] = {}
    for number, (_, hashes) in enumerate(probes):
        for each in hashes:
            later[last(first.setdefault(each, number))] = number
    groups: dict[int, list[str]] = {}
    for number, (name, _) in enumerate(probes):
        groups.setdefault(last(number), []).append(name)
    return [groups[number] for number in sorted(groups)]
