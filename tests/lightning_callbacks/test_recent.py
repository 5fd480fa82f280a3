"""Folders of the newest records: how many are there, and what keeps one from being removed."""

import errno
import os
import re
import shutil
import warnings
from dataclasses import replace

import pytest
from torch.utils.tensorboard import SummaryWriter

import tb_explain
from lightning_callbacks import MonitorWarning
from lightning_callbacks import recent as folders
from lightning_callbacks.recent import Recent
from lightning_callbacks.recent_folder import steps_in
from lightning_callbacks.writer import UnwritableError
from tb_explain.attempts import BEGUN_ANEW, RECENT, Attempt
from tests import toys
from tests.synthetic_runs import RunShape, epoch_records

# A record of predictions.
SOME = epoch_records(RunShape(samples=2), 0)[0]


def record(step):
    return replace(SOME, step=step)


def test_a_folder_is_only_removed_once_the_others_hold_enough(tmp_path):
    for first in range(0, 40, 2):  # killed and resumed after every second record
        recent = Recent(str(tmp_path), "gradcam", 6)
        for step in (first, first + 1):
            recent.write([record(step)], Attempt())
        recent.close()
        assert min(first + 2, 6) <= len(toys.read_records(tmp_path)) <= 12


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
        found = Recent(run, "grad*", 3)._found(Attempt()).values()
        assert 3 <= len(steps_in(found)) <= 6


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
    assert len(toys.read_records(tmp_path)) == 12
    monkeypatch.undo()
    recent.write([record(12)], Attempt())
    recent.close()
    assert len(toys.read_records(tmp_path)) == 4


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


def attempt_at(root, attempt, steps, *, size=4):
    """Records `steps` as one attempt at the run, until it is killed."""
    recent = Recent(str(root), "gradcam", size)
    for step in steps:
        recent.write([record(step)], attempt)
    recent.close()


def steps_of(root):
    """Returns the steps that count, as readers have them."""
    (run,) = tb_explain.load(root).values()
    return [int(step) for step in run["gradcam/predictions"].steps]


def test_what_lies_behind_the_checkpoint_pushes_nothing_out(tmp_path):
    attempt_at(tmp_path, Attempt(), range(1, 11))
    attempt_at(tmp_path, Attempt(1, since=8), [9])
    assert steps_of(tmp_path)[-4:] == [6, 7, 8, 9]
    attempt_at(tmp_path, Attempt(2, since=8), [9, 10])
    assert steps_of(tmp_path)[-4:] == [7, 8, 9, 10]
    attempt_at(tmp_path, Attempt(3, since=10), range(11, 20))
    assert steps_of(tmp_path)[-4:] == [16, 17, 18, 19]
    assert len(toys.read_records(tmp_path)) <= 8


def test_what_an_attempt_took_back_stays_so_for_the_next_one(tmp_path):
    """Resumed from step 5, and then from the first attempt's checkpoint at step 8."""
    attempt_at(tmp_path, Attempt(), range(1, 11))
    attempt_at(tmp_path, Attempt(1, since=5), [6])
    assert steps_of(tmp_path) == [5, 6]
    attempt_at(tmp_path, Attempt(2, since=8), [9])
    assert steps_of(tmp_path) == [5, 6, 9]


def test_what_other_monitors_say_of_attempts_counts_too(tmp_path):
    attempt_at(tmp_path, Attempt(), range(1, 6), size=3)
    other = Recent(str(tmp_path), "weights", 3)
    other.write([replace(record(5), monitor="weights")], Attempt(1, since=3))
    other.close()
    attempt_at(tmp_path, Attempt(2, since=6), [7, 8], size=3)
    assert steps_of(tmp_path)[-3:] == [3, 7, 8]


def test_resumed_without_end_it_takes_no_more_room(tmp_path):
    attempt_at(tmp_path, Attempt(), range(1, 11))
    for number in range(1, 30):
        attempt_at(tmp_path, Attempt(number, since=8), [9, 10])
    assert steps_of(tmp_path)[-4:] == [7, 8, 9, 10]
    assert len(toys.read_records(tmp_path)) <= 8


def test_a_step_that_is_recorded_over_and_over_pushes_nothing_out(tmp_path):
    attempt_at(tmp_path, Attempt(1, since=0), [1, 2, 3, *[4] * 30])
    assert steps_of(tmp_path) == [1, 2, 3, 4]
    assert len(toys.read_records(tmp_path)) <= 12


def test_a_training_that_begins_anew_counts_its_own(tmp_path):
    attempt_at(tmp_path, Attempt(), range(6))
    attempt_at(tmp_path, Attempt(1, BEGUN_ANEW), [0, 1])
    assert steps_of(tmp_path) == [0, 1]


def test_a_folder_of_which_nothing_says_what_it_holds_is_left_alone(tmp_path):
    """Killed before its first record, or altered since."""
    attempt_at(tmp_path, Attempt(), [1, 2])
    SummaryWriter(str(tmp_path / RECENT / "gradcam.1")).close()
    attempt_at(tmp_path, Attempt(1, since=2), [3])
    assert steps_of(tmp_path) == [1, 2, 3]
    assert len(list((tmp_path / RECENT).iterdir())) == 3
