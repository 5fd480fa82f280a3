"""How far records of several processes are from those of one: cells of the page's second table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lightning_callbacks.activations import STATISTICS
from tb_explain import schema
from tests import toys
from tests.matrix import document, ranks
from tests.matrix.deviations import deviation
from tests.matrix.monitors import COLUMNS, EXPLAIN, NAMED

ALONE = "first process"
# What averages of gradients round otherwise changes counts at the edges of bins, and maps of
# 8 bits by a count.
ROUNDING = 0.02
TOLERANCES = {
    **dict.fromkeys(("graph", "outputs", "surrogate", "quality"), 0.001),
    **dict.fromkeys(("sensitivity", "sensitivity of channels"), 0.001),
}


def compared(records: Sequence[schema.Record], root: Path, way: ranks.Shared) -> list[str]:
    """Returns the cells of the page's table: how far records are from those of one process.

    Raises:
      AssertionError: further than `TOLERANCES` say, or other records.
    """
    one = _of_one_process(root, way)
    assert set(one) == {(record.tag, record.step) for record in records}
    cells = [_right(name, [r for r in records if _column(r) == name], one) for name in COLUMNS]
    return document.grouped(cells)


def sharded(records: Sequence[schema.Record], root: Path) -> list[str]:
    """Returns the cells of the page's table for a model that is spread over processes.

    Raises:
      AssertionError: records are further from those of the model as a whole than `TOLERANCES` say,
        or a monitor has neither recorded all nor refused.
    """
    one = _of_one_process(root, ranks.WAYS["ddp"])
    cells = []
    for column in COLUMNS:
        own = [r for r in records if _column(r) == column and r.kind != "probe"]
        if _refused(own):
            cells.append("refused: sharded")
            continue
        wanted = {moment for moment, r in one.items() if _column(r) == column}
        assert wanted == {(r.tag, r.step) for r in own}, column
        cells.append(_right(column, own, one))
    return document.grouped(cells)


def _of_one_process(root: Path, way: ranks.Shared) -> Mapping[tuple[str, int], schema.Record]:
    os.environ.pop("WORLD_SIZE", None)
    ranks.fit(root / "one", way, True, world=1)
    return {(record.tag, record.step): record for record in toys.read_records(root / "one")}


def _refused(records: Sequence[schema.Record]) -> bool:
    """Whether all that a monitor says is why it records nothing, with a way out."""
    said = [r.fields.get("gap") or r.fields.get("left_out") for r in records]
    return bool(said) and all("backfill" in str(one) for one in said)


def _column(record: schema.Record) -> str:
    return record.monitor.removeprefix(NAMED) if record.monitor.startswith(NAMED) else EXPLAIN


def _right(
    column: str,
    records: Sequence[schema.Record],
    one: Mapping[tuple[str, int], schema.Record],
) -> str:
    """Returns how near the records are to those of one process, and asserts that they are."""
    tolerance = TOLERANCES.get(column, ROUNDING)
    assert records, column
    for record in records:
        pair = (record, one[record.tag, record.step])
        apart = deviation(*(map(_added_up, pair) if "in training" in column else pair))
        assert apart <= tolerance, f"{record.tag} at step {record.step} is {apart:g} off"
    return f"to {tolerance:g}"


def parted(records: Sequence[schema.Record], root: Path, way: ranks.Shared) -> list[str]:
    """Returns the cells of the page's table for a training whose processes part.

    Raises:
      AssertionError: records of what never meets are not those of the first process.
    """
    one = _of_one_process(root, way)
    missing = set(one) - {(record.tag, record.step) for record in records}
    assert not missing, sorted(missing)
    cells = []
    for column in COLUMNS:
        own = [r for r in records if _column(r) == column]
        says_so = any("no longer meet" in note for r in own for note in r.fields.get("notes", ()))
        if not says_so:
            assert all(deviation(record, one[record.tag, record.step]) == 0 for record in own)
        cells.append(ALONE if says_so else "exact")
    return document.grouped(cells)


def _added_up(record: schema.Record) -> schema.Record:
    """Returns a record of activations without what is not that of all processes' samples."""
    if record.kind != "layer_statistics":
        return record
    names = [statistic.name for statistic in STATISTICS]
    kept = [not name.startswith("q") and name != "sample_std" for name in names]
    return replace(record, arrays={"values": record.arrays["values"][:, kept]})
