"""What the data provider lists, made sense of: which series are ours, and what each holds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tb_explain import schema


@dataclass(frozen=True)
class Series:
    """One tag of one run: what it holds, and up to when."""

    run: str
    tag: str
    plugin: str
    kind: str
    monitor: str
    version: int
    last_step: int
    last_wall_time: float


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
    if not _is_text(run) or not _is_text(tag):
        raise ValueError("Its name is not UTF-8, so that no request can name it.")
    content = _content(plugin, time_series.plugin_content)
    if getattr(time_series, "max_length", 1) != 1:
        raise ValueError(f"It holds {time_series.max_length} blobs per step; expected 1.")
    return Series(
        run,
        tag,
        plugin,
        kind=content["kind"],
        monitor=content["monitor"],
        version=content["version"],
        last_step=time_series.max_step,
        last_wall_time=finite(time_series.max_wall_time),
    )


def _is_text(name: str) -> bool:
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
