"""A real TensorBoard over damaged runs: everything of every run is asked for, over sockets.

What is damaged are records, the events around them, and the event files; and what says of records
to which attempt at a run they belong.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tb_explain.attempts import RECENT
from tb_explain.panels import PANELS
from tests import servers
from tests.fuzz import draws, events, runs, serving
from tests.fuzz.tally import Tallies, Tally
from tests.synthetic_runs import RunShape, write_run

SOUND = "a sound one"  # which no damage of its neighbours may hide
BASE = 256 * 2**20  # bytes that TensorBoard's processes may take of a log of any size
MULTIPLE = 20  # bytes more per byte of the log
NAME = "requests about damaged runs"
PROMISE = f"""A real TensorBoard is asked for every panel of every damaged run, whole and in part,
and for plans. Of the tracebacks in its log none leads through this package, but for those of
series that it says it cannot read. Its processes take at most {BASE >> 20} MB and {MULTIPLE} times
the bytes of the log. Left out is what stops TensorBoard's own readers: blocks that declare more
than memory under a valid checksum, and for the Python reader blocks that are no event under one.
"""
_WINDOWS: Sequence[str] = (
    "most=2",
    "most=3&room=1000",
    "from=0&to=40",
    "from=5",
    "to=0&most=4",
    "room=1",
)
# What stops TensorBoard's own readers, whichever plugins there are: a length that is more than
# memory under a valid checksum, and in the Python reader also a block that is no event.
_STOPS: Mapping[str, Sequence[str]] = {
    "data_server": ("enormous",),
    "multiplexer": ("enormous", "other content"),
}
_OURS = re.compile(r'File "[^"]*/tb_explain/')
_ENTRY = re.compile(r"^(?=[EWIDCF]\d{4} |Exception in thread |Exception ignored )", re.MULTILINE)


def write(folder: Path, seed: int, count: int, reader: str) -> int:
    """Writes `count` damaged runs and a sound one into `folder`, for `reader`; returns their bytes.

    Only what `reader` itself bears is written.
    """
    for number in range(count):
        drawn = draws.of(seed, number)
        run = folder / f"{number} {drawn.choice(events.NAMES)}"
        for place in range(drawn.choice((1, 1, 2))):
            case = runs.case(seed, 2 * number + place)
            held = run / RECENT if place and drawn.random() < 0.5 else run
            held.mkdir(parents=True, exist_ok=True)
            file = held / f"events.out.tfevents.{1_000_000_000 + place}.host"
            file.write_bytes(_content(drawn, case, _STOPS[reader]))
    write_run(folder / SOUND, RunShape(samples=1, epochs=1))
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _content(drawn: random.Random, case: runs.Case, without: Sequence[str]) -> bytes:
    content, how = events.file(drawn, case)
    while any(how.endswith(each) for each in without):
        content, how = events.file(drawn, case)
    return content


def fuzz(seed: int, count: int, folder: Path) -> Tallies:
    """Serves `count` damaged runs with each of TensorBoard's readers."""
    return {
        f"{NAME}, {reader}": _of_reader(reader, seed, count, folder / reader)
        for reader in servers.READERS
    }


def _is_loaded(running: servers.Server) -> bool:
    """Whether the sound run is listed, and reloading, once a second, brings nothing more."""
    before = running.catalog()
    time.sleep(1.5)
    return SOUND in _names(before) and running.catalog() == before


def _of_reader(reader: str, seed: int, count: int, folder: Path) -> Tally:
    tally = Tally()
    size = write(folder, seed, count, reader)
    with servers.tensorboard(folder, servers.READERS[reader]) as running, tally.timed():
        servers.eventually(lambda: _is_loaded(running))
        for number, path in enumerate(_asked(draws.of(seed, -1), running.catalog())):
            _ask(running, path, f"request {number} of damaged runs {seed}", tally)
        if SOUND not in _names(running.catalog()):
            tally.fault("damaged runs", "the sound run has gone")
        for complaint in complaints(running.log.read_text(errors="replace")):
            tally.fault("TensorBoard's log", complaint)
        tally.peak = peak(running.pid)
    if tally.peak > BASE + MULTIPLE * size:
        tally.fault("damaged runs", f"{tally.peak} bytes of memory for {size} of the log")
    return tally


def _names(catalog: Any) -> list[str]:
    return [entry["run"] for entry in catalog["runs"]]


def _asked(drawn: random.Random, catalog: Any) -> Iterator[str]:
    """Yields what is asked: each panel of each run, whole and in part, and plans."""
    yield f"{servers.PLUGIN}/catalog"
    unreadable = {entry["run"] for entry in catalog["unreadable"]}
    series = {entry["run"]: entry["series"] for entry in catalog["runs"]}
    for run in dict.fromkeys([*series, *sorted(unreadable)]):
        for panel in PANELS:
            path = f"{servers.PLUGIN}/panel/{panel}?{urlencode({'run': run})}"
            yield path
            yield f"{path}&{drawn.choice(_WINDOWS)}"
        for entry in series.get(run, ()):
            if entry["kind"] == "sensitivity":
                yield _plan(drawn, run, entry)


def _plan(drawn: random.Random, run: str, entry: Any) -> str:
    step = max(0, entry["last_step"])
    query = {"run": run, "monitor": entry["monitor"], "step": step, "of": "macs", "keep": 0.5}
    allocator = drawn.choice(("sensitivity", "uniform", "lamp"))
    return f"{servers.PLUGIN}/plan?{urlencode({**query, 'allocator': allocator})}"


def _ask(running: servers.Server, path: str, where: str, tally: Tally) -> None:
    try:
        said = running.request(path)
        answer = serving.Answer(said.status, dict(said.headers), said.body)
        serving.check(answer)
        _ = said.frame if said.status == 200 and "/panel/" in path else None
        tally.ends[str(said.status)] += 1
    except (serving.FaultError, json.JSONDecodeError, http.client.HTTPException, OSError) as error:
        tally.fault(f"{where}: {path[-120:]}", error)
    except AssertionError as error:
        tally.fault(f"{where}: {path[-120:]}", f"no frame: {error}")


def complaints(log: str) -> list[str]:
    """Returns the tracebacks in `log` that lead through our code, but for those it logs itself."""
    entries = [entry for entry in _ENTRY.split(log) if "Traceback" in entry and _OURS.search(entry)]
    meant = re.compile(rf"[^\n]*\] ({'|'.join(serving.EXPECTED)})")
    return [entry[-400:] for entry in entries if not meant.match(entry)]


def peak(pid: int) -> int:
    """Returns the bytes of memory that a process and its children took at most, each for itself."""
    return sum(_peak(each) for each in [pid, *_children(pid)])


def _children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child
            yield from _children(child)


def _peak(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024
