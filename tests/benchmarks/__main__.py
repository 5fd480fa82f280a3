"""Runs all benchmarks in full and writes what they measured into docs/benchmarks.md.

python -m tests.benchmarks          # half an hour on a quiet machine
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.table import document, read

PAGE = Path(__file__).parents[2] / "docs/benchmarks.md"
PACKAGES = ("torch", "pytorch-lightning", "tensorboard", "numpy", "captum")


def main(arguments: list[str]) -> int:
    """Returns pytest's status; `arguments` are handed on to it, as "tests/benchmarks -k scan"."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder, "figures.jsonl")
        figures.touch()
        status = subprocess.call(
            [sys.executable, "-m", "pytest", "-m", "benchmark", "-q", "--no-header", *arguments],
            env={**os.environ, "BENCHMARKS": "full", "BENCHMARK_FIGURES": str(figures)},
        )
        found = read(figures.read_text())
    if not arguments:
        PAGE.write_text(document(found, about()), encoding="utf-8")
        print(f"{len(found)} figures are in {PAGE}.")
    return status


def about() -> str:
    """Returns what they were measured with."""
    names = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    processor = names[0].partition(": ")[2] if names else platform.processor()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    today = dt.datetime.now(dt.timezone.utc).date()
    return (
        f"Measured on {today}: {os.cpu_count()} cores ({processor}), no GPU, Python "
        f"{platform.python_version()}, {versions}."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
