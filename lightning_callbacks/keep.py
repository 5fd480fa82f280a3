"""Which records of a long run stay, by their count. It knows nothing of files (`recent.py`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union

# As many for each doubling of a run's length: records at step 1,000 are then 8 to 16 apart.
PER_DOUBLING = 64
RECENT_OF_THINNED = 50

KeepOption = Union["Keep", Literal["all", "thinned"], int]


@dataclass(frozen=True)
class Keep:
    """Which records of a monitor stay; the first one always does, as the zero of drift.

    Args:
      per_doubling: how many stay of those between the n-th and the 2n-th, evenly spaced; None: all.
      last: how many of the newest are kept beside them; up to twice as many are there at times.

    Raises:
      ValueError: a number that is out of range.
    """

    per_doubling: int | None = PER_DOUBLING
    last: int = RECENT_OF_THINNED

    def __post_init__(self) -> None:
        if self.per_doubling is not None and not _is_whole(self.per_doubling, 0):
            raise ValueError(
                f"per_doubling must be a whole number from 0 on or None, not {self.per_doubling!r}."
            )
        if not _is_whole(self.last, 0):
            raise ValueError(f"last must be a whole number from 0 on, not {self.last!r}.")

    @classmethod
    def of(cls, option: KeepOption) -> Keep:
        """Returns what `option` stands for: "all", "thinned", or a number of the newest records.

        Raises:
          ValueError: it is none of these.
        """
        if isinstance(option, Keep):
            return option
        if option == "all":
            return cls(None, 0)
        if option == "thinned":
            return cls()
        if _is_whole(option, 1):
            return cls(0, int(option))
        raise ValueError(
            f"keep={option!r}. Expect 'all', 'thinned', how many of the newest records (from 1 "
            "on), or a Keep."
        )

    @property
    def is_all(self) -> bool:
        """Whether every record stays."""
        return self.per_doubling is None

    def stays(self, index: int) -> bool:
        """Whether record `index` (from 0 on) stays for ever."""
        if self.per_doubling is None or index == 0:
            return True
        if self.per_doubling == 0:
            return False
        spacing = 1
        while index >= 2 * spacing * self.per_doubling:
            spacing *= 2
        return index % spacing == 0

    def __str__(self) -> str:
        if self.is_all:
            return "all"
        thinned = f"{self.per_doubling} per doubling" * bool(self.per_doubling)
        last = f"the last {self.last}" * bool(self.last)
        return " and ".join(part for part in (thinned or "the first", last) if part)


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
