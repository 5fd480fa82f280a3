"""In every situation each monitor is right or refuses in words, and training stays as it was."""

from __future__ import annotations

import importlib.util

import pytest
import torch

from tests.matrix import document
from tests.matrix.cases import CASES
from tests.matrix.monitors import COLUMNS, all_monitors
from tests.matrix.outcome import cells, train, word
from tests.matrix.state import differing

# Lightning's and torch's own advice about what is done here on purpose.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # sums in the same order, whatever machine
    yield
    torch.set_num_threads(before)


# These compile all the module's steps, for more than ten seconds.
_SLOW = ("compiled",)
_NAMES = [pytest.param(name, marks=[pytest.mark.slow] * (name in _SLOW)) for name in CASES]


@pytest.mark.parametrize("name", _NAMES)
def test_each_monitor_is_right_or_refuses_and_changes_nothing(tmp_path, name):
    case = CASES[name]
    if case.needs and importlib.util.find_spec(case.needs) is None:
        pytest.skip(f"{case.needs} is not installed")
    alone = train(case, tmp_path / "alone", [])
    watched = train(case, tmp_path / "watched", all_monitors())
    assert not differing(alone.state, watched.state)
    found = cells(case, watched, tmp_path)
    row = [word(case, column, found[column]) for column in COLUMNS]
    assert document.rows()[case.title] == document.grouped(row), (
        "run python -m tests.matrix.document"
    )


def test_the_table_has_a_row_for_each_situation():
    assert list(document.rows()) == [case.title for case in CASES.values()]
