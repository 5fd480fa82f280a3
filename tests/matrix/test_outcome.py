"""What the table's cells are made by: it must fail where records lack something or are wrong."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from tb_explain import histograms, schema
from tests.matrix import outcome, witness
from tests.matrix.cases import CASES
from tests.matrix.deviations import deviation
from tests.matrix.monitors import EXPLAIN

ONES = np.ones((2, 3), np.float32)
NAMES = ("mean", "std", "zeros", "nonfinite", "max", "norm", "near_zero")
UPDATES = ("update_norm", "update_to_weight")


def record(kind, monitor="checked Grad-CAM", *, gap=None, notes=(), step=4, **arrays):
    fields = {"gap": gap, "notes": list(notes)}
    return schema.Record(kind, monitor, step, 0, 1, fields, arrays)


def cell(found, wanted, column="Grad-CAM", steps=None):
    return outcome.cell(column, found, {one.tag: one for one in wanted}, steps or {})


def word(found, wanted, column="Grad-CAM", case="float32"):
    return outcome.word(CASES[case], column, cell(found, wanted, column))


CAMS = [record("predictions", p=ONES), record("cam", maps=ONES, method=ONES)]
CHOSEN = [
    record("setup", "explain"),
    record("layer_table", "activations"),
    record("layer_statistics", "activations", values=ONES),
    record("layer_histograms", "activations", bins=np.array([3, 2], np.uint8), ends=np.array([2])),
]
for one in CHOSEN:
    one.fields.update(probe="a", mantissa_bits=0)


def test_records_that_are_the_same_are_exact():
    assert word(CAMS, CAMS) == "exact"


@pytest.mark.parametrize(
    "found",
    [
        CAMS[:1],
        [CAMS[0], record("cam")],
        [CAMS[0], record("cam", maps=ONES)],
        [CAMS[0], record("cam", maps=ONES, method=ONES, more=ONES)],
        [*CAMS, record("attribution", maps=ONES)],
        [CAMS[0], record("cam", maps=ONES, method=ONES + 1e-6)],
        [CAMS[0], record("cam", gap="went wrong")],
        [],
    ],
    ids=["kind", "arrays", "array", "more", "another", "deviates", "gap", "nothing"],
)
def test_a_record_that_lacks_something_or_deviates_is_not_exact(found):
    with pytest.raises(AssertionError):
        word(found, CAMS)


def test_what_both_sides_lack_is_no_agreement():
    with pytest.raises(AssertionError, match="off"):
        word(CAMS[:1], CAMS[:1])
    assert deviation(record("cam"), record("cam")) == float("inf")


def test_only_methods_that_say_why_may_be_left_out():
    note = "deeplift cannot explain this model: it needs more digits than float16 has"
    wanted = [
        record("predictions", "checked attributions", p=ONES),
        record("attribution", "checked attributions", **{"deeplift 0": ONES, "saliency 0": ONES}),
    ]
    noted = record("predictions", "checked attributions", p=ONES, notes=[note])
    maps = [
        record("attribution", "checked attributions", **{f"{method} 0": ONES})
        for method in ("saliency", "deeplift")
    ]
    in_part = "to 0.25, in part: float16"
    assert word([noted, maps[0]], wanted, "attributions", "16-true") == in_part
    with pytest.raises(AssertionError, match="saliency"):
        word([noted, maps[1]], wanted, "attributions", "16-true")
    with pytest.raises(AssertionError):
        word([wanted[0], maps[0]], wanted, "attributions", "16-true")


def explained(found, wanted=CHOSEN):
    return word(
        [*CHOSEN, *found], [*wanted, record("outputs", "outputs", p=ONES)], EXPLAIN, "bf16-true"
    )


def test_another_choice_is_compared_where_both_chose_the_same():
    assert explained([]) == "to 0.1, other choice"
    assert explained([record("cam", "gradcam", maps=ONES)]) == "to 0.1, other choice"
    with pytest.raises(AssertionError, match="off"):
        explained([replace(CHOSEN[2], arrays={"values": 2 * ONES})])
    with pytest.raises(AssertionError, match="anything"):
        explained([record("cam", "gradcam", gap="anything at all went wrong")])
    with pytest.raises(AssertionError, match="off"):
        word(CHOSEN[:1], CHOSEN, EXPLAIN, "bf16-true")
    with pytest.raises(AssertionError, match="unlike"):  # it was the same choice
        explained([record("outputs", "outputs", p=ONES)])
    with pytest.raises(AssertionError):
        outcome.word(CASES["bf16-true"], EXPLAIN, outcome.Cell(float("inf"), "went wrong"))


def weights_of(before, after):
    """Returns records of a step of one parameter, and what a module saw of it."""
    step = witness.Step(before={"w": before}, weights={"w": after})
    seen = witness.described(step, "weights")["w"]
    names = [*NAMES, *UPDATES]
    table = record("layer_table", "checked weights")
    table.fields.update(layers=[{"name": "w"}], statistics=[{"name": name} for name in names])
    values = np.array([[seen.statistics[name] for name in names]], np.float32)
    statistics = record("layer_statistics", "checked weights", values=values)
    statistics.fields.update(what="weights", probe=None)
    bins, ends = histograms.encode(witness.counts_of(seen.values, 0)[None])
    counts = record("layer_histograms", "checked weights", bins=bins, ends=ends)
    counts.fields.update(mantissa_bits=0)
    return [table, statistics, counts], {4: step}


def test_what_only_training_has_is_compared_in_every_statistic_layer_and_count():
    before, after = torch.tensor([1.0, -2.0, 0.0]), torch.tensor([0.5, -2.5, 0.25])
    (table, statistics, counts), steps = weights_of(before, after)
    assert cell([table, statistics, counts], [], "weights", steps).deviation == 0
    for column in range(len(NAMES) + len(UPDATES)):
        values = statistics.arrays["values"].copy()
        values[0, column] = values[0, column] * 1.001 + 0.001
        wrong = replace(statistics, arrays={"values": values})
        assert cell([table, wrong, counts], [], "weights", steps).deviation > 0
    bins, ends = histograms.encode(witness.counts_of(np.array([0.5, -2.5, 4.0]), 0)[None])
    moved = replace(counts, arrays={"bins": bins, "ends": ends})
    assert cell([table, statistics, moved], [], "weights", steps).deviation > 0
    steps[4].weights["v"] = steps[4].before["v"] = after
    assert cell([table, statistics, counts], [], "weights", steps).deviation == float("inf")
    assert cell([table, statistics, counts], [], "weights", {3: steps[4]}).deviation == float("inf")


def test_every_layers_output_is_witnessed_as_it_was_returned():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(inplace=True))
    step, x = witness.Step(), torch.tensor([[1.0, -1.0]])
    handles = witness.look_on(net, step)
    net(x)
    for handle in handles:
        handle.remove()
    assert torch.equal(step.activations["0"], net[0](x))
    assert torch.equal(step.activations["1"], net(x))
