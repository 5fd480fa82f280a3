"""Trainings that processes share: the same weights, one writer, records as of one process."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from tests import toys
from tests.benchmarks.size import size
from tests.matrix import document, ranks, shared_records
from tests.matrix.processes import launch
from tests.matrix.state import differing

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

# A monitor's method and the process that it fails in, alone.
FAILURES = [f"{method}@{rank}" for method in ranks.WORK for rank in (0, 1)]
KINDS = ("alone", "watched")
_FEW_FAILURES = ["own_share@1", "_add@1"]
_FEW_WAYS = ["ddp", "static_graph", "unused", "uneven"]
_SECONDS = 180


@pytest.mark.parametrize("world", [2, 4])
def test_weights_are_the_same_and_records_those_of_one_process(tmp_path, world):
    names = size(_FEW_WAYS if world == 2 else ["ddp"], list(ranks.WAYS))
    launch(world, tmp_path, "train", *names)
    for name in names:
        _check(tmp_path / name, world, ranks.WAYS[name])


def _check(root: Path, world: int, way: ranks.Shared) -> None:
    _assert_unchanged(root, world)
    records = toys.read_records(root / "watched")
    assert len(list((root / "watched").rglob("*tfevents*"))) == 1
    moments = [(record.tag, record.step) for record in records]
    assert len(moments) == len(set(moments))
    assert not [record.fields["gap"] for record in records if record.fields.get("gap")]
    row = document.processes()[document.titled(way.title, world)]
    assert row == shared_records.compared(records, root, way)


def _assert_unchanged(root: Path, world: int) -> None:
    """Asserts that weights, optimizers and generators of each process are the same, bit for bit."""
    for rank in range(world):
        alone, watched = (torch.load(root / f"{kind}-{rank}.pt") for kind in KINDS)
        assert any(name.startswith("optimizer") for name in alone)
        assert not differing(alone, watched)


def test_a_failure_in_one_process_strands_no_other(tmp_path):
    launch(2, tmp_path, "fail_alone", *size(_FEW_FAILURES, FAILURES))


def test_what_processes_share_is_measured_of_one_model(tmp_path):
    names = [f"{kind}@{way}" for kind in ranks.SHARING for way in ("ddp", "unsynchronised")]
    launch(2, tmp_path, "share_out", *names)
    for name in names:
        shown = [
            r for r in toys.read_records(tmp_path / name) if r.kind != "probe"
        ]  # once for both
        by = {
            who: {(r.kind, r.step): r.arrays for r in shown if r.monitor == who}
            for who in ("shared", "alone")
        }
        assert by["shared"].keys() == by["alone"].keys()
        for moment, arrays in by["alone"].items():
            shared = by["shared"][moment]
            assert arrays.keys() == shared.keys()
            assert all(arrays[key].tobytes() == shared[key].tobytes() for key in arrays), moment


@pytest.mark.parametrize("more_in", [0, 1])
def test_a_training_that_waits_for_nobody_is_kept_waiting_by_no_monitor(tmp_path, more_in):
    name = f"unsynchronised_{more_in}"
    launch(2, tmp_path, "train_unevenly", f"{name}@alone", f"{name}@watched")
    _assert_unchanged(tmp_path / name, 2)
    records = toys.read_records(tmp_path / name / "watched")
    assert not [record.fields["gap"] for record in records if record.fields.get("gap")]
    way = ranks.UNEVEN[name]
    row = document.processes()[document.titled(way.title, 2)]
    assert row == shared_records.parted(records, tmp_path / name, way)


@pytest.mark.parametrize("more_in", size([1], [0, 1]))
def test_a_training_that_fails_by_itself_is_not_kept_from_it(tmp_path, more_in):
    for kind in KINDS:
        with pytest.raises(AssertionError, match="ended with") as failed:
            launch(2, tmp_path, "train_unevenly", f"ddp_{more_in}@{kind}")
        assert "hung" not in str(failed.value)


@pytest.mark.parametrize("name", ranks.SHARDED)
def test_sharded_models_are_refused_or_recorded_as_whole_ones(tmp_path, name):
    launch(2, tmp_path, "shard", name)
    _assert_unchanged(tmp_path / name, 2)
    records = toys.read_records(tmp_path / name / "watched")
    row = document.processes()[document.titled(ranks.SHARDED[name].title, 2)]
    assert row == shared_records.sharded(records, tmp_path)
    gaps = [(r.monitor, r.fields["gap"]) for r in records if r.fields.get("gap")]
    assert len(gaps) == len(dict(gaps))  # said once
    assert all(("work here" in gap) == (name == "fsdp2") for _, gap in gaps if "whole" in gap)


def _two_nodes_can_be_made() -> bool:
    if shutil.which("ip") is None or os.geteuid() != 0:
        return False
    made = subprocess.run(["ip", "netns", "add", "explain_try"], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", "explain_try"], capture_output=True, check=False)
    return made.returncode == 0


@pytest.mark.skipif(
    not size(small=False, full=_two_nodes_can_be_made()),
    reason="network namespaces need root, `ip` and BENCHMARKS=full",
)
def test_two_nodes_write_once(tmp_path):
    from tests.matrix import nodes

    with nodes.two_nodes() as names:
        nodes.train(names, tmp_path, _SECONDS)
    weights = [torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1)]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert len(list((tmp_path / "node_0").rglob("*tfevents*"))) == 1
    assert not list((tmp_path / "node_1").rglob("*tfevents*"))
    records = toys.read_records(tmp_path / "node_0")
    assert not [record.fields["gap"] for record in records if record.fields.get("gap")]
    (outputs,) = [r for r in toys.of_kind(records, "outputs") if r.monitor == "checked outputs"]
    assert outputs.fields["samples"] == ranks.VALIDATION
