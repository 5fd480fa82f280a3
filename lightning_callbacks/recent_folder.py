"""What one folder of recent records holds: of which attempt, and at which steps.

It knows event files; not which folders there are, nor when one goes (`recent.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto import event_pb2

from lightning_callbacks.earlier_attempts import ALTERED, attempt_of
from lightning_callbacks.writer import event_files
from tb_explain.attempts import Attempt


@dataclass(frozen=True)
class Folder:
    """Records of one monitor, all of one attempt at the run.

    Attributes:
      attempt: the one they are of; None: nothing says.
      steps: of those that count.
    """

    attempt: Attempt | None = None
    steps: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, place: str) -> Folder:
        """Returns what the event files of a folder hold, as if all of it counted."""
        attempt: Attempt | None = None
        steps: set[int] = set()
        with suppress(*ALTERED):  # nobody reads what is behind that
            for event in _events(place):
                attempt = attempt or attempt_of(event)
                if event.summary.value:
                    steps.add(event.step)
        return cls(attempt, steps)

    def limited(self, until: Mapping[int, float]) -> Folder:
        """Returns what counts of it where attempts count up to the steps `until`, by number."""
        # Nobody reads records of which nothing says what they are.
        limit = -1 if self.attempt is None else until[self.attempt.number]
        return replace(self, steps={step for step in self.steps if step <= limit})

    def is_replaced_by(self, later: Sequence[Folder]) -> bool:
        """Whether folders after it hold all its steps that count, and take back what it does.

        Without the latter, what earlier attempts recorded would count again.
        """
        if self.attempt is None or not self.steps <= steps_in(later):
            return False
        since = self.attempt.since
        return since is None or any(folder.takes_back(since) for folder in later)

    def takes_back(self, since: int) -> bool:
        """Whether its attempt takes back what others recorded after step `since`."""
        own = None if self.attempt is None else self.attempt.since
        return own is not None and own <= since


def steps_in(folders: Iterable[Folder]) -> set[int]:
    """Returns the steps that count in `folders`."""
    return {step for folder in folders for step in folder.steps}


def _events(place: str) -> Iterator[event_pb2.Event]:
    protocol = f"{place.partition('://')[0]}://" if "://" in place else ""
    for name in event_files(place):
        for block in RawEventFileLoader(name if "://" in name else protocol + name).Load():
            yield event_pb2.Event.FromString(block)
