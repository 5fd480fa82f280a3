"""The documented run: `python -m tests.fuzz --records 1000000 --requests 100000 --seed 1`.

Ends with 1 if there was any fault. `--record 1:4711` makes one record again and shows it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tests.fuzz import damaged, decoding, page, records, report, servers, tab, targets
from tests.fuzz.tally import Tallies, Tally, added

SHARE = 20_000  # cases of one task: what is reported as progress


def main() -> int:
    """Runs what the arguments ask for."""
    options = _options()
    if options.record:
        return _again(*map(int, options.record.split(":")))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        page.build(folder)
        servers.write_logs(folder / "logs")
        tallies = _run(options, folder)
    text = report.text(options.seed, tallies)
    if options.report:
        Path(options.report).write_text(text)
    print(text)
    return int(any(tally.faults for tally in tallies.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    for name, default in (
        ("records", 100_000),
        ("requests", 10_000),
        ("runs", 2000),
        ("logs", 100),
        ("tabs", 50),
        ("sockets", 500),
        ("damaged", 20),
    ):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="processes beside one another")
    parser.add_argument("--report", help="file to write")
    parser.add_argument(
        "--record", metavar="SEED:NUMBER", help="make one record again, and show it"
    )
    return parser.parse_args()


def _run(options: argparse.Namespace, folder: Path) -> Tallies:
    done: list[Tallies] = []
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("spawn")) as pool:
        tasks = [pool.submit(*task) for task in _tasks(options, folder)]
        for task in as_completed(tasks):
            done.append(task.result())
            _progress(added(done))
    done.append(_shown(options, folder))
    if options.sockets:
        done.append(servers.fuzz(options.seed, options.sockets, folder / "logs"))
    if options.damaged:
        done.append(damaged.fuzz(options.seed, options.damaged, folder / "served"))
    return added(done)


def _tasks(options: argparse.Namespace, folder: Path) -> Iterator[tuple]:
    for numbers in _shares(options.logs, 100):
        yield targets.fuzz_logs, options.seed, numbers
    for numbers in _shares(options.requests, SHARE):
        yield targets.fuzz_requests, options.seed, numbers, folder / "logs"
    for numbers in _shares(options.runs, 2000):
        yield targets.fuzz_runs, options.seed, numbers, folder
    for numbers in _shares(options.records, SHARE):
        yield targets.fuzz_records, options.seed, numbers, folder


def _shares(count: int, size: int) -> Iterator[range]:
    for start in range(0, count, size):
        yield range(start, min(count, start + size))


def _shown(options: argparse.Namespace, folder: Path) -> Tallies:
    tally = Tally()
    with tab.tab(folder) as opened, tally.timed():
        for number in range(options.tabs):
            case = targets.runs.case(options.seed, number)
            found = opened.show(case)
            tally.ends["shown" if not found else "fault"] += 1
            tally.faults += [f"run {options.seed}:{number}: {each}"[:600] for each in found]
        tally.peak = opened.peak
    return {"runs in Chromium": tally}


def _progress(tallies: Tallies) -> None:
    cases = sum(tally.cases for tally in tallies.values())
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    print(f"{cases:,} cases, {len(faults)} faults", *faults[-1:], file=sys.stderr, flush=True)


def _again(seed: int, number: int) -> int:
    case = records.case(seed, number)
    print(case.kind, case.how, len(case.data), "bytes", case.data, sep="\n")
    print(decoding.read(case.data, thorough=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
