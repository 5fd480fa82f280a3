"""The document that says what a run of the fuzzer came to."""

from __future__ import annotations

import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

from tests.fuzz import damaged, targets
from tests.fuzz.tally import Tallies, Tally

PACKAGES = ("tensorboard", "numpy", "safetensors", "protobuf", "werkzeug")
_ASKED = ("requests", damaged.NAME)  # what cases are requests
_HEAD = """# Hostile input: the documented run

Records, runs, event files and requests that are broken on purpose, each made by a seed and a
number, against everything that reads them. What is promised: a record is refused with a reason or
good for every use; an answer is a success, `304`, or the one JSON error below 500; no script of a
log runs, nothing is asked of elsewhere, and nothing crashes or takes more memory than a fixed
multiple of what it reads. This page is written by

    python -m tests.fuzz --records 1000000 --requests 100000 --runs 20000 --logs 300 --tabs 400 \\
        --sockets 3000 --damaged 200 --jobs 2 --seed 1 --report docs/fuzzing.md

and a small form of the same runs with the tests (`tests/fuzz/test_fuzz.py`). A fault names its
case; `python -m tests.fuzz --record 1:4711` makes that record again. Records that once were
faults are kept in `tests/fuzz/found`.
"""


def text(seed: int, tallies: Tallies) -> str:
    """Returns the document for the sums of a run."""
    decoded = {n: t for n, t in tallies.items() if n.startswith(("Python: ", "page: "))}
    others = {n: t for n, t in tallies.items() if n not in decoded and n != "page, seconds"}
    faults = [fault for tally in tallies.values() for fault in tally.faults]
    records = sum(t.cases for n, t in decoded.items() if n.startswith("Python"))
    asked = sum(t.cases for n, t in others.items() if n.startswith(_ASKED))
    parts = [
        _HEAD,
        _summary(seed, records, asked, len(faults)),
        "## Records, by the kind they were made from\n",
        _records(decoded),
        _memory(tallies, decoded),
        "## Runs, event files, requests\n",
        _others(others),
        damaged.PROMISE,
    ]
    if faults:
        parts += ["## Faults\n", *(f"- `{fault!r}`" for fault in faults[:100])]
    return "\n".join(parts).rstrip() + "\n"


def _summary(seed: int, records: int, asked: int, faults: int) -> str:
    counts = f"{records:,} records, {asked:,} requests, {faults} faults"
    return f"Seed {seed}: **{counts}.** {_versions()}\n"


def _records(decoded: Tallies) -> str:
    kinds = [name.removeprefix("Python: ") for name in decoded if name.startswith("Python: ")]
    rows = []
    for kind in kinds:
        python, page = decoded[f"Python: {kind}"], decoded[f"page: {kind}"]
        rows.append([kind, f"{python.cases:,}", *_split(python), *_split(page)])
    sides = [
        sum((decoded[f"{side}: {kind}"].ends for kind in kinds), Counter[str]())
        for side in ("Python", "page")
    ]
    total = [f"{sides[0].total():,}"]
    rows.append(["**all**", *total, *_split(Tally(sides[0])), *_split(Tally(sides[1]))])
    head = [
        "kind",
        "records",
        "Python: accepted",
        "refused",
        "faults",
        "page: accepted",
        "refused",
        "faults",
    ]
    return _table(head, rows)


def _split(tally: Tally) -> list[str]:
    return [f"{tally.ends[end]:,}" for end in ("accepted", "refused", "fault")]


def _memory(tallies: Tallies, decoded: Tallies) -> str:
    def most(side: str) -> str:
        return f"{max(t.multiple for n, t in decoded.items() if n.startswith(side)):.1f}"

    python = sum(t.seconds for n, t in decoded.items() if n.startswith("Python"))
    page = tallies["page, seconds"]
    return (
        f"Of every 500th record of a kind the memory was measured: at most {most('Python')} "
        f"bytes per byte of the record in Python and {most('page')} in the page, beyond "
        f"{targets.ALLOWANCE / 2**20:.0f} MB; {targets.MULTIPLE} is the limit. Node, with its heap "
        f"held to 512 MB, took {page.peak / 1e6:.0f} MB at most. Few of them are as large; of "
        "each kind some that are, are measured in `tests/fuzz/test_memory.py`. Decoding took "
        f"{python:.0f} s in Python, {page.seconds:.0f} s in the page.\n"
    )


def _others(tallies: Tallies) -> str:
    rows = [
        [
            name,
            f"{tally.cases:,}",
            ", ".join(f"{end}: {count:,}" for end, count in sorted(tally.ends.items())),
            str(len(tally.faults)),
            f"{tally.seconds:.0f}",
            f"{tally.peak / 1e6:.0f}" if tally.peak else "",
        ]
        for name, tally in tallies.items()
    ]
    return _table(["what", "cases", "ends", "faults", "seconds", "peak MB"], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def _versions() -> str:
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True)
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"Python {platform.python_version()}, {packages}, Node {node.stdout.strip()}."
