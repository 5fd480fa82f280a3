"""What the data provider lists, made sense of: which series are ours, and what each holds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tb_explain import schema
from tb_explain.attempts import Attempt, limits, run_of


@dataclass(frozen=True)
class Part:
    """A tag as TensorBoard has it, which holds a series or what one attempt at it recorded.

    Attributes:
      run: TensorBoard's own run: that of the series, or a folder of its newest records.
      tag: its name there.
      attempt: which of the attempts at the run it is of.
      last_step: its last step.
      until: the last step of it that counts: a later attempt began there.
    """

    run: str
    tag: str
    attempt: Attempt
    last_step: int
    until: float = float("inf")


@dataclass(frozen=True)
class Series:
    """What one monitor recorded of one kind in one run, and up to when.

    Attributes:
      tag: its name; that of the tag that holds it, but for what was resumed (`attempts.py`).
      parts: the tags that hold it, in the order of the attempts.
    """

    run: str
    tag: str
    plugin: str
    kind: str
    monitor: str
    version: int
    last_step: int
    last_wall_time: float
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Unreadable:
    """A series under one of our plugin names that cannot be delivered, and why."""

    run: str
    tag: str
    reason: str


@dataclass(frozen=True)
class Index:
    """All series of an experiment, in natural order of run and tag."""

    series: tuple[Series, ...]
    unreadable: tuple[Unreadable, ...]


def entries(plugin: str, listed: Mapping[str, Mapping[str, Any]]) -> Iterator[Series | Unreadable]:
    """Yields an entry for each tag of each run that the provider `listed` for `plugin`."""
    for run, tags in listed.items():
        for tag, time_series in tags.items():
            try:
                yield _series(run, tag, plugin, time_series)
            except ValueError as error:
                yield Unreadable(run, tag, str(error))


def joined(listed: Iterable[Series]) -> list[Series]:
    """Returns one series for all of `listed` that hold what attempts at one run recorded of it."""
    by_run: dict[str, list[Series]] = {}
    for series in listed:
        by_run.setdefault(series.run, []).append(series)
    return [series for of_run in by_run.values() for series in _joined_of_run(of_run)]


def _joined_of_run(listed: Sequence[Series]) -> Iterator[Series]:
    counts_until = limits(part.attempt for series in listed for part in series.parts)
    by_name: dict[tuple[str, str], list[Series]] = {}
    for series in sorted(listed, key=lambda series: series.parts[0].attempt.number):
        by_name.setdefault((series.plugin, series.tag), []).append(series)
    for attempts in by_name.values():
        parts = tuple(
            replace(part, until=counts_until[part.attempt.number])
            for series in attempts
            for part in series.parts
        )
        yield replace(
            attempts[-1],
            last_step=int(max(min(part.last_step, part.until) for part in parts)),
            last_wall_time=max(series.last_wall_time for series in attempts),
            parts=parts,
        )


def natural_key(name: str) -> list[Any]:
    """Returns a sort key that puts run2 before run10."""
    parts = re.split("([0-9]+)", name)
    # Digits by their number, then as text: int() refuses the thousands a hostile name may have.
    return [
        (len(part.lstrip("0")), part.lstrip("0"), part) if n % 2 else part
        for n, part in enumerate(parts)
    ]


def finite(seconds: float | None) -> float:
    """Returns `seconds`, or 0 for what JSON cannot say: NaN, infinite, not there."""
    return seconds if seconds is not None and math.isfinite(seconds) else 0.0


def _series(run: str, tag: str, plugin: str, time_series: Any) -> Series:
    """Returns the series that the provider lists.

    Raises:
      ValueError: it is not one that this version of the schema defines.
    """
    if not is_text(run) or not is_text(tag):
        raise ValueError("Its name is not UTF-8, so that no request can name it.")
    content = _content(plugin, time_series.plugin_content)
    if getattr(time_series, "max_length", 1) != 1:
        raise ValueError(f"It holds {time_series.max_length} blobs per step; expected 1.")
    attempt = Attempt.of(content)
    return Series(
        run_of(run),
        attempt.series(tag),
        plugin,
        kind=content["kind"],
        monitor=content["monitor"],
        version=content["version"],
        last_step=time_series.max_step,
        last_wall_time=finite(time_series.max_wall_time),
        parts=(Part(run, tag, attempt, time_series.max_step),),
    )


def is_text(name: str) -> bool:
    """Returns whether `name` is UTF-8; names of files need not be."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _content(plugin: str, text: bytes) -> dict[str, Any]:
    """Returns the static metadata of a tag, checked."""
    try:
        content: dict[str, Any] = json.loads(text)
        version, kind, monitor = content["version"], content["kind"], content["monitor"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("Its metadata is not that of a tb_explain record.") from error
    if not isinstance(version, int) or not 1 <= version <= schema.VERSION:
        raise ValueError(
            f"It has format version {str(version)[:20]}; this tb-explain reads 1 to "
            f"{schema.VERSION}. Update tb-explain."
        )
    if not isinstance(kind, str) or plugin not in _plugins_of(kind):
        kinds = [name for name, owner in schema.KINDS.items() if owner == plugin]
        raise ValueError(f"It is of kind {str(kind)[:20]!r}; {plugin} holds {kinds}.")
    if not isinstance(monitor, str):
        raise ValueError(f"Its monitor is {str(monitor)[:40]}; expected a name.")
    return content


def _plugins_of(kind: str) -> tuple[str | None, ...]:
    return schema.KINDS.get(kind), schema.EARLIER_PLUGINS.get(kind)
