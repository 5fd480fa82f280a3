"""Half of the multiply-adds go; what is left says what it said, and where it looks is told."""

import pytest

from demo import compress, compress_text, fashion, spam
from tb_explain.planning import Plan
from tests import toys

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*`lr_scheduler.step\\(\\)`:UserWarning"),
]


@pytest.fixture(autouse=True)
def a_short_tuning(monkeypatch):
    for module in (compress, compress_text):
        monkeypatch.setattr(module, "FINE_TUNING", 1)


def test_the_smaller_shortcut_model_still_takes_the_shortcut(tmp_path):
    data = fashion.load()
    report = compress.compress(tmp_path, "shortcut", data, epochs=1, progress=False)
    assert report.before is not None
    assert report.after.macs <= 0.5 * report.before.macs
    assert report.after.metric > report.before.metric - 0.1
    assert report.drift["drift_spearman"] > 0.5
    folder = tmp_path / "shortcut half"
    assert (folder / "exported" / "model.pt2").exists()
    plan = Plan.from_json((folder / "plan.json").read_text())
    assert plan.verified["kl"] > 0
    records = toys.of_kind(toys.read_records(folder), "plan")
    assert [record.fields["stage"] for record in records] == ["applied", "finished"]
    assert {c["allocator"] for c in records[0].fields["candidates"]} >= {"uniform", "joint"}
    kinds = [
        record.fields["edit"] for record in toys.of_kind(toys.read_records(folder), "sensitivity")
    ]
    assert {"channel", "unstructured"} == set(kinds)


def test_a_transformer_does_with_fewer_heads_and_bits(tmp_path):
    plan, report = compress_text.compress(tmp_path, spam.load(), epochs=1, progress=False)
    assert sum(unit.cut for unit in plan.units) > 0
    assert report.before is not None
    assert report.after.metric > report.before.metric - 0.1
    assert report.after.bytes < report.before.bytes
