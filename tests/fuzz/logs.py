"""Fuzzed log directories: written, and read by everything that reads files on the server's side."""

from __future__ import annotations

import contextlib
import io
import random
import shutil
from pathlib import Path

import tb_explain
from tb_explain import cli
from tests.fuzz import draws, events, runs

FILES = 3  # runs of a log
_EXPORTS = ("csv", "npz", "png", "html")


def write(folder: Path, seed: int, number: int) -> str:
    """Writes log `number` of the run `seed` into `folder`, which it empties; returns how."""
    shutil.rmtree(folder, ignore_errors=True)
    drawn = draws.of(seed, number)
    hows = []
    for place in range(FILES):
        name = drawn.choice(events.NAMES)
        case = runs.case(seed, number * FILES + place)
        content, how = events.file(drawn, case)
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / f"events.out.tfevents.{1_000_000_000 + place}.host").write_bytes(content)
        hows.append(f"{case.name}: {case.how}, {how}")
    _odd_entries(drawn, folder)
    return "; ".join(hows)


def read(folder: Path, scratch: Path) -> None:
    """Has every command of the command line work on what lies in `folder`."""
    for arguments in (["list", "--json"], ["list"], ["doctor", "--json"], ["doctor"]):
        _run([*arguments[:1], str(folder), *arguments[1:]])
    for run, tag in _shown(folder):
        # Names may begin with a dash.
        _run(["show", "--", str(folder), run, tag])
        _run(["show", "--json", "--", str(folder), run, tag])
    for form in _EXPORTS:
        target = scratch / (f"out.{form}" if form in ("npz", "html") else form)
        size = ["--max-size", "0"] if form == "html" else []
        _run(["export", str(folder), "--format", form, "-o", str(target), *size])


def _shown(folder: Path) -> list[tuple[str, str]]:
    runs = tb_explain.load(folder)
    return [(run, tag) for run in runs for tag in runs[run]][:4]


def _run(arguments: list[str]) -> None:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            code = cli.main(arguments)
        except SystemExit as ended:  # would end the fuzzer without a word
            raise AssertionError(f"{arguments} is no command line: {ended.code}") from ended
    assert code in (0, 1, 2), code


def _odd_entries(drawn: random.Random, folder: Path) -> None:
    """Puts beside them what only looks like an event file."""
    if drawn.random() < 0.2:
        (folder / "events.out.tfevents.1.folder").mkdir()
    if drawn.random() < 0.2:
        (folder / "events.out.tfevents.2.nowhere").symlink_to("/nowhere")
    if drawn.random() < 0.2:
        (folder / "events.out.tfevents.3.empty").touch()
