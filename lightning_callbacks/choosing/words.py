"""A setup in words: the table that is printed once."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from lightning_callbacks.choosing.setup import Setup

_WIDTH = 100


def table(setup: Setup, schedules: Sequence[str], limit: float | None) -> str:
    """Returns what records and what does not, and why, in lines of at most 100 characters.

    Args:
      setup: what was chosen.
      schedules: of its monitors, in words.
      limit: the largest fraction of training time that all may take, once they took
        `overhead.FREE_SECONDS_TOGETHER`.
    """
    most = "without a limit of time"
    if limit is not None:
        most = f"at most {100 * limit:.3g} % of the training time after the first second"
    lines = [f"tb-explain records (preset {setup.preset!r}, {most}):"]
    rows = [
        (choice.callback, every, choice.reason)
        for choice, every in zip(setup.choices, schedules, strict=True)
    ]
    lines += _aligned(rows or [("nothing", "", "")])
    if setup.left_out:
        lines.append("Left out:")
        lines += _aligned(_by_reason(setup))
    if setup.facts:
        lines.append("Found:")
        lines += _aligned(list(setup.facts))
    return "\n".join(lines)


def _by_reason(setup: Setup) -> list[tuple[str, str]]:
    """Returns (callback, reason) of what was left out; a reason that several share is told once."""
    groups: dict[str, list[str]] = {}
    for each in setup.left_out:
        groups.setdefault(each.reason, []).append(each.callback)
    rows: list[tuple[str, str]] = []
    for reason, (first, *others) in groups.items():
        rows.append((first, reason))
        rows += [(name, "likewise") for name in others]
    return rows


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Returns rows in columns, the last of which is wrapped."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        *cells, last = row
        begin = "  " + "".join(
            f"{cell:<{width}}  " for cell, width in zip(cells, widths, strict=True)
        )
        wrapped = textwrap.wrap(last, max(30, _WIDTH - len(begin))) or [""]
        lines += [f"{begin}{wrapped[0]}".rstrip()]
        lines += [f"{' ' * len(begin)}{line}" for line in wrapped[1:]]
    return lines
