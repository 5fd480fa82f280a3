"""The table of `docs/compatibility.md`: written from what the tests find, and read by them.

    python -m tests.matrix.document

trains in every situation and writes the rows anew; the sentences around them are kept.
"""

from __future__ import annotations

import logging
import re
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import torch

from tests.matrix.cases import CASES
from tests.matrix.monitors import COLUMNS

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"
BEGIN, END = "<!-- matrix: begin -->", "<!-- matrix: end -->"
PROCESSES = ("<!-- processes: begin -->", "<!-- processes: end -->")
# Columns of the table that stand for several monitors.
GROUPS: Mapping[str, Sequence[str]] = {
    "graph": ["graph"],
    "gradients, weights": ["gradients", "weights"],
    "activations": ["activations"],
    "… in training": ["activations in training"],
    "outputs": ["outputs"],
    "Grad-CAM": ["Grad-CAM"],
    "attributions": ["attributions"],
    "… global": ["global attributions"],
    "attention": ["attention"],
    "quality": ["quality"],
    "surrogate": ["surrogate"],
    "sensitivity": ["sensitivity"],
    "… of channels": ["sensitivity of channels"],
    "explain()": ["explain()"],
}


def grouped(row: Sequence[str]) -> list[str]:
    """Returns the cells of a row, given a word for each monitor."""
    words = dict(zip(COLUMNS, row, strict=True))
    cells = []
    for members in GROUPS.values():
        found = {words[member] for member in members}
        assert len(found) == 1, f"{members} stand in one column and differ: {found}"
        cells.append(found.pop())
    return cells


def rows(begin: str = BEGIN, end: str = END) -> Mapping[str, list[str]]:
    """Returns the cells of a table of the page, by the title of the row."""
    text = PAGE.read_text().partition(begin)[2].partition(end)[0]
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    split = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {title: cells for title, *cells in split}


def processes() -> Mapping[str, list[str]]:
    """Returns the cells of the table of several processes."""
    return rows(*PROCESSES)


def table(found: Mapping[str, Sequence[str]]) -> str:
    """Returns the table as Markdown."""
    header = ["", *GROUPS]
    lines = [header, ["---"] * len(header), *([title, *cells] for title, cells in found.items())]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    """Writes the tables."""
    write(_by_situation(), BEGIN, END)
    write(_by_processes(), *PROCESSES)


def _by_situation() -> Mapping[str, list[str]]:
    from tests.matrix.monitors import all_monitors
    from tests.matrix.outcome import cells, train, word

    warnings.filterwarnings("ignore")
    logging.getLogger("pytorch_lightning.utilities.rank_zero").setLevel(logging.ERROR)
    torch.set_num_threads(1)
    found = {}
    for case in CASES.values():
        with tempfile.TemporaryDirectory() as root:
            watched = train(case, Path(root) / "watched", all_monitors())
            outcome = cells(case, watched, Path(root))
        found[case.title] = grouped([word(case, column, outcome[column]) for column in COLUMNS])
    return found


def titled(title: str, world: int) -> str:
    """Returns the title of a row, with the number of processes it was run with."""
    return f"{title}, {world} processes"


def _by_processes() -> Mapping[str, list[str]]:
    from tests.matrix import ranks, shared_records

    found = {}
    for name, way in ranks.WAYS.items():
        for world in (2, 4) if name == "ddp" else (2,):
            cells = partial(shared_records.compared, way=way)
            found[titled(way.title, world)] = _of_processes(world, "train", name, name, cells)
    for name, way in ranks.UNEVEN.items():
        if way.synchronises is ranks.Unsynchronised:  # else the training itself fails
            cells = partial(shared_records.parted, way=way)
            watched = f"{name}@watched"
            found[titled(way.title, 2)] = _of_processes(2, "train_unevenly", watched, name, cells)
    for name, way in ranks.SHARDED.items():
        found[titled(way.title, 2)] = _of_processes(2, "shard", name, name, shared_records.sharded)
    return found


def _of_processes(
    world: int, act: str, name: str, folder: str, cells: Callable[..., list[str]]
) -> list[str]:
    from tests import toys
    from tests.matrix.processes import launch

    with tempfile.TemporaryDirectory() as root:
        place = Path(root)
        launch(world, place, act, name)
        return cells(toys.read_records(place / folder / "watched"), place)


def write(found: Mapping[str, Sequence[str]], begin: str, end: str) -> None:
    """Puts a table between its marks."""
    pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
    text = pattern.sub(lambda _: f"{begin}\n{table(found)}\n{end}", PAGE.read_text())
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
