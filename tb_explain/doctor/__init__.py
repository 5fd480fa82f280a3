"""Why the tab is absent, curves stand still or steps are missing, and what to do about it."""

from __future__ import annotations

from tb_explain.doctor import attempts, endings, files, installation, records, server
from tb_explain.doctor.finding import Check, Finding, Patient
from tb_explain.reading.log import read_log

__all__ = ["CHECKS", "Finding", "examine"]

# In the order in which a person would look.
CHECKS: tuple[Check, ...] = (
    installation.plugin,
    installation.tensorboard_version,
    installation.page,
    files.no_event_files,
    files.unreadable_files,
    records.no_records,
    files.damaged_files,
    files.two_writers,
    files.steps_backwards,
    attempts.taken_back,
    records.unreadable_records,
    records.missing_records,
    records.gaps,
    endings.stopped_short,
    records.different_samples,
    records.widened_schedules,
    server.server,
)


def examine(directory: str, url: str | None = None) -> list[Finding]:
    """Returns what is wrong with this environment, the log directory and a running TensorBoard.

    Args:
      directory: the log directory.
      url: of a TensorBoard that is to show it; None: none is asked.
    """
    try:
        log = read_log(directory)
    except FileNotFoundError:
        log = None
    patient = Patient(directory, log, url)
    return [finding for check in CHECKS for finding in check(patient)]
