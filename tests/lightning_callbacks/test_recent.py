"""Folders of the newest records: how many are there, and what keeps one from being removed."""

import errno
import os
import re
import shutil
import warnings

import pytest

from lightning_callbacks import MonitorWarning
from lightning_callbacks import recent as folders
from lightning_callbacks.recent import Recent
from lightning_callbacks.writer import UnwritableError
from tb_explain import schema
from tb_explain.attempts import RECENT, Attempt
from tests import toys


def record(step):
    return schema.Record("cam", "gradcam", step, step, step + 1)


def test_a_folder_is_only_removed_once_the_others_hold_enough(tmp_path):
    for first in range(0, 40, 2):  # killed and resumed after every second record
        recent = Recent(str(tmp_path), "gradcam", 6)
        for step in (first, first + 1):
            recent.write([record(step)], Attempt())
        recent.close()
        there = sum(recent._found().values())
        assert min(first + 2, 6) <= there <= 12


@pytest.mark.parametrize("root", ["memory://kept", "local"])
def test_names_are_no_patterns(tmp_path, root):
    root = str(tmp_path) if root == "local" else root
    runs = [f"{root}/lr=1", f"{root}/lr=?", f"{root}/lr=[1,2]"]
    for run in runs:
        recent = Recent(run, "grad*", 3)
        for step in range(20):
            recent.write([record(step)], Attempt())
        recent.close()
    for run in runs:
        kept = sum(Recent(run, "grad*", 3)._found().values())
        assert 3 <= kept <= 6


def test_a_folder_that_can_not_be_removed_costs_no_record(tmp_path, monkeypatch):
    def refuse(folder):
        raise PermissionError("not yours")

    monkeypatch.setattr(folders, "_remove", refuse)
    recent = Recent(str(tmp_path), "gradcam", 3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(12):
            recent.write([record(step)], Attempt())
    (warned,) = caught
    assert warned.category is MonitorWarning
    assert re.search("can't remove .*gradcam.0.*PermissionError: not yours", str(warned.message))
    assert sum(recent._found().values()) == 12
    monkeypatch.undo()
    recent.write([record(12)], Attempt())
    recent.close()
    assert sum(recent._found().values()) == 4


def test_a_folder_that_can_not_be_begun_costs_its_own_record_alone(tmp_path, monkeypatch):
    recent = Recent(str(tmp_path), "gradcam", 1)
    recent.write([record(0)], Attempt())
    with monkeypatch.context() as patch:
        patch.setattr(folders, "SummaryWriter", full)
        for step in (1, 2):
            with pytest.raises(UnwritableError, match="No space left on device"):
                recent.write([record(step)], Attempt())
    recent.write([record(3)], Attempt())
    recent.close()
    assert [each.step for each in toys.read_records(tmp_path)] == [3]


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_another_folder_takes_the_place_of_one_that_was_removed(tmp_path):
    recent = Recent(str(tmp_path), "gradcam", 4)
    recent.write([record(0)], Attempt())
    shutil.rmtree(tmp_path / RECENT)
    recent.write([record(1)], Attempt())
    recent.close()
    assert [each.step for each in toys.read_records(tmp_path)] == [1]
