"""Attempts: what a training wrote that was killed, and then resumed in the same directory.

It goes on from its last checkpoint, so the steps behind that are there twice, as they were and as
they now are. A tag of TensorBoard's can't take anything back, so a writer that finds event files
in its directory writes under tags of its own, "gradcam/cam~1" for the second attempt, whose static
metadata say which attempt it is and since which step (-1: it began anew; null: it takes nothing
back, as when a checkpoint is only validated). Read together they are one series again,
`gradcam/cam`: what earlier attempts recorded after the step at which a later one began is left out,
and of a step that both have, the later one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

SEPARATOR = "~"
BEGUN_ANEW = -1
# The folder of a run's records that go again (lightning_callbacks/recent.py), as runs of their own.
RECENT = "tb_explain_recent"


@dataclass(frozen=True)
class Attempt:
    """Which attempt at a run a tag belongs to.

    Attributes:
      number: 0 for the first, which has tags without a suffix.
      since: the step from which it goes on: what earlier ones recorded later does not count.
        BEGUN_ANEW: nothing of them does. None: all of it does.
    """

    number: int = 0
    since: int | None = None

    def tag(self, series: str) -> str:
        """Returns the tag under which this attempt stores the series of that name."""
        return f"{series}{SEPARATOR}{self.number}" if self.number else series

    def series(self, tag: str) -> str:
        """Returns the name of the series of which `tag` holds this attempt's records.

        Raises:
          ValueError: it is no tag of this attempt.
        """
        suffix = f"{SEPARATOR}{self.number}" if self.number else ""
        if not tag.endswith(suffix):
            raise ValueError(f"Its tag does not end in {suffix!r}, though its metadata say so.")
        return tag.removesuffix(suffix)

    def content(self) -> dict[str, Any]:
        """Returns what the static metadata of its tags say of it."""
        return {"attempt": self.number, "since": self.since} if self.number else {}

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Attempt:
        """Returns the attempt that static metadata name.

        Raises:
          ValueError: they name none that makes sense.
        """
        number, since = content.get("attempt", 0), content.get("since")
        if not _is_count(number) or not (since in (None, BEGUN_ANEW) or _is_count(since)):
            raise ValueError(
                f"Its attempt is {str(number)[:20]}, since step {str(since)[:20]}; expected whole "
                "numbers from 0 on."
            )
        return cls(number, since)


def run_of(name: str) -> str:
    """Returns the run whose records a directory holds, by what TensorBoard calls it."""
    parts = name.split("/")
    if RECENT not in parts:
        return name
    return "/".join(parts[: parts.index(RECENT)]) or "."


class Dated(Protocol):
    """A record of a step."""

    @property
    def step(self) -> int:
        """Completed optimizer steps."""


D = TypeVar("D", bound=Dated)


def limits(attempts: Iterable[Attempt]) -> dict[int, float]:
    """Returns up to which step each of a run's attempts still counts, by its number."""
    newest_first = sorted(set(attempts), key=lambda attempt: -attempt.number)
    found: dict[int, float] = {}
    limit = float("inf")
    for attempt in newest_first:
        found[attempt.number] = limit
        if attempt.since is not None:
            limit = min(limit, attempt.since)
    return found


def standing(parts: Sequence[tuple[float, Sequence[D]]]) -> list[D]:
    """Returns the records that count, by ascending step, one per step.

    Args:
      parts: of each attempt, in order, up to which step it counts, and its records; of several
        at one step the last.
    """
    by_step = {record.step: record for limit, of in parts for record in of if record.step <= limit}
    return [by_step[step] for step in sorted(by_step)]


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
