"""The demo of tables: its data, its features, and that it learns and records."""

import numpy as np
import pytest
import torch

from demo import credit
from lightning_callbacks.probe import draw
from tests import toys


@pytest.fixture(scope="module")
def data() -> credit.Credit:
    return credit.load()


def test_applicants_have_numbers_kinds_and_labels(data):
    assert data.numbers.shape == (1000, 3)
    assert data.kinds.shape == (1000, 6)
    assert data.labels.sum() == 700
    assert data.is_test.sum() == 200
    assert data.categories["sex"] == ["female", "male"]


def test_features_are_shown_in_their_own_units(data):
    test = data.batch(data.is_test)
    probe = credit.Probe(test, input_key="numbers", features=data.features())
    drawn = draw(probe)
    np.testing.assert_allclose(drawn.values[0, :3], data.numbers[0], rtol=1e-4)
    np.testing.assert_array_equal(drawn.values[0, 3:], data.kinds[0])
    assert [f["unit"] for f in drawn.fields()["features"]][:3] == ["years", "DM", "months"]


def test_one_run_is_not_told_the_sex(data):
    kinds = data.batch(data.is_test, without_sex=True)["kinds"]
    assert kinds[:, credit.KINDS.index("sex")].unique().tolist() == [0]


@pytest.mark.slow
def test_it_learns_and_sex_counts_only_where_it_is_told(tmp_path, data):
    importance = {}
    for name in ("all columns", credit.WITHOUT):
        _, accuracy = credit.train(tmp_path, name, data, epochs=12, progress=False)
        assert accuracy > 0.68
        records = toys.read_records(tmp_path / name)
        for record in toys.of_kind(records, "attribution"):
            assert len(record.fields["maps"]) == 5
            deeplift, exact = record.arrays["map.0"], record.arrays["map.2"]
            for found, index in ((deeplift, 0), (exact, 2)):
                rise = record.arrays["output.0"] - record.arrays[f"map.{index}.base"]
                np.testing.assert_allclose(found.sum(axis=1), rise, atol=1e-4)
        summary = toys.of_kind(records, "attribution_summary")[-1]
        names = [feature["name"] for feature in summary.fields["features"]]
        importance[name] = dict(zip(names, summary.arrays["mean_abs.0"], strict=True))
        assert toys.of_kind(records, "surrogate")[-1].fields["models"][0]["r2"] > 0.5
    assert importance["all columns"]["sex"] > 0.01
    assert importance[credit.WITHOUT]["sex"] < 1e-6
    assert importance["all columns"]["checking account"] > importance["all columns"]["sex"]
    assert torch.isfinite(torch.tensor(list(importance["all columns"].values()))).all()
