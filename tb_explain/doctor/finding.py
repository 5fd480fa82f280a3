"""What the doctor looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from tb_explain.reading import Runs, of_log
from tb_explain.reading.log import Log

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or good to know.

    Attributes:
      check: name of the check that found it.
      severity: "error" (something is not shown), "warning" (something is shown wrong or in part),
        "note" (nothing is wrong, but a person may wonder).
      where: the file, run, package or server.
      what: what is wrong, in words.
      cure: what to do.
    """

    check: str
    severity: Severity
    where: str
    what: str
    cure: str


@dataclass(frozen=True)
class Patient:
    """What is examined.

    Attributes:
      directory: the log directory, as it was given.
      log: what it holds; None where there is no such directory.
      url: of a running TensorBoard; None: none was given.
    """

    directory: str
    log: Log | None
    url: str | None = None

    @cached_property
    def runs(self) -> Runs:
        """The runs that hold records."""
        return of_log(self.log) if self.log else Runs([])


Check = Callable[[Patient], Iterator[Finding]]
