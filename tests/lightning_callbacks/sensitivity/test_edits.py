import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize, prune

from lightning_callbacks.editing import verify_plan
from lightning_callbacks.layers import LayerError
from lightning_callbacks.sensitivity import estimate_sensitivity, scan_sensitivity
from lightning_callbacks.sensitivity.counts import allocations
from lightning_callbacks.sensitivity.edits import EDIT_KINDS
from lightning_callbacks.sensitivity.edits.bits import round_rows
from lightning_callbacks.sensitivity.edits.clusters import SortedWeights, nearest
from lightning_callbacks.sensitivity.edits.edited import Costs, Example
from lightning_callbacks.sensitivity.edits.n_m import kept
from lightning_callbacks.sensitivity.prunable import prunable_weights
from tb_explain.planning import EDITS, Budget, make_plan
from tests.lightning_callbacks.sensitivity import naive
from tests.lightning_callbacks.sensitivity.networks import Recurrent, Text, Tied, build

WEIGHT_KINDS = {"unstructured": "0.5", "n:m": "2:4", "bits": "4", "clusters": "8"}


def edits_of(model, kind, levels=None, layers=None):
    example = Example(None, 1, lambda: None, lambda: None, Costs({}, {}))
    return EDIT_KINDS[kind](model, example, levels, layers)


def written(model, kind, level):
    """Returns each unit's weights after a level was written to it."""
    edits = edits_of(model, kind, [level])
    with torch.no_grad():
        for unit in edits.units:
            unit.write(0)
    return {unit.unit.name: unit.tensors[0].detach().clone() for unit in edits.units}


def test_every_kind_is_one_that_plans_know():
    assert set(EDIT_KINDS) <= set(EDITS)


@pytest.mark.parametrize(("kind", "level"), WEIGHT_KINDS.items())
def test_every_kind_edits_every_weight_and_gives_numbers(kind, level):
    model, x = build("transformer")
    found = scan_sensitivity(model, x, kind=kind, levels=[level])
    assert (found.values["kl"] > 0).all()
    assert found.values["kl"].shape == (len(found.units), 1)
    told = found.removed if kind in ("unstructured", "n:m") else found.stored_bits
    assert told.shape == (len(found.units), 1)


@pytest.mark.parametrize("kind", WEIGHT_KINDS)
def test_levels_that_make_no_sense_are_refused(kind):
    with pytest.raises(ValueError, match="level"):
        edits_of(nn.Linear(2, 2), kind, ["1.5:1" if kind == "n:m" else 1.5])
    with pytest.raises(ValueError, match="level"):
        edits_of(nn.Linear(2, 2), kind, [])


@pytest.mark.parametrize("levels", [[2.0], [0.0], [float("nan")], []])
def test_shares_of_channels_that_make_no_sense_are_refused(levels):
    with pytest.raises(ValueError, match="levels="):
        scan_sensitivity(rgb_net(), torch.randn(2, 3, 5, 5), kind="channel", levels=levels)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.77, 1.0])
def test_exactly_the_smallest_weights_go_and_of_equal_ones_the_first(share):
    model = nn.Linear(9, 7)
    with torch.no_grad():
        model.weight.mul_(4).round_().div_(4)
    expected = naive.magnitude(model.weight, share)
    assert torch.equal(written(model, "unstructured", share)["weight"], expected)
    (unit,) = edits_of(nn.Linear(9, 7), "unstructured", [share]).units
    assert unit.removed == [round(share * 63)]


def test_two_of_four_neighbours_along_the_inputs_are_kept():
    rows = torch.tensor([[1.0, -3, 2, 0.5, 9, 9, 9, 9]])
    assert kept(rows, 2, 4).tolist() == [[False, True, True, False, *[False] * 2, *[True] * 2]]


def rgb_net():
    torch.manual_seed(0)
    first, second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 12, 3)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), nn.Linear(12, 4))


@pytest.mark.parametrize("measure", [scan_sensitivity, estimate_sensitivity])
def test_patterns_that_do_not_divide_the_inputs_are_not_offered(measure):
    found = measure(rgb_net(), torch.randn(6, 3, 5, 5), kind="n:m", levels=["2:4", "4:8"])
    assert np.isnan(found.values["kl"]).tolist() == [[True] * 2, [False] * 2, [False, True]]
    assert found.removed.tolist() == [[0, 0], [432, 432], [24, 0]]


@pytest.mark.parametrize("allocator", ["sensitivity", "uniform"])
@pytest.mark.parametrize("keep", [0.9, 0.75, 0.62])
def test_plans_of_patterns_can_be_applied(allocator, keep):
    model, x = rgb_net(), torch.randn(6, 3, 5, 5)
    scan = scan_sensitivity(model, x, kind="n:m")
    plan = make_plan(scan, Budget("parameters", keep), allocator)
    assert plan.cuts["0.weight"].cut == 0
    assert verify_plan(model, plan, x).verified["parameters_kept"] <= keep


def test_where_no_pattern_fits_the_message_tells_the_inputs():
    with pytest.raises(LayerError, match=r"'2:4'.*'weight': 3"):
        edits_of(nn.Linear(3, 4), "n:m", ["2:4"])
    with pytest.raises(ValueError, match="patterns"):
        edits_of(nn.Linear(4, 4), "n:m", [])


def test_neighbours_of_a_convolution_are_input_channels():
    weight = torch.randn(3, 8, 2, 2)
    mask = kept(weight, 2, 4)
    groups = mask.permute(0, 2, 3, 1).reshape(-1, 4)
    assert (groups.sum(1) == 2).all()
    sizes = weight.abs().permute(0, 2, 3, 1).reshape(-1, 4)
    assert (sizes[groups].view(-1, 2).amin(1) >= sizes[~groups].view(-1, 2).amax(1)).all()


def test_bits_have_a_scale_for_each_output_channel():
    rows = torch.tensor([[7.0, -3.2, 0.4], [0.07, 0.024, 0.0], [0.0, 0.0, 0.0]])
    expected = torch.tensor([[7.0, -3.0, 0.0], [0.07, 0.02, 0.0], [0.0, 0.0, 0.0]])
    assert torch.allclose(round_rows(rows, 4), expected, atol=1e-6)
    levels = [len(row.unique()) for row in round_rows(torch.randn(5, 4000), 3)]
    assert max(levels) <= 7


def test_output_channels_of_a_transposed_convolution_are_found():
    torch.manual_seed(0)
    model = nn.ConvTranspose2d(4, 6, 3, groups=2)
    with torch.no_grad():
        model.weight[:, 1] *= 100  # outputs 1 and 4, of groups 0 and 1
    (weight,) = prunable_weights(model)
    rows = weight.rows(model.weight)
    assert rows.shape == (6, 2, 3, 3)
    assert set(rows.abs().amax((1, 2, 3)).topk(2).indices.tolist()) == {1, 4}
    assert torch.equal(weight.from_rows(rows), model.weight)


def test_linear_layers_of_gpt2_have_their_outputs_last():
    layers = pytest.importorskip("transformers.pytorch_utils", reason="has the layer")
    model, x = nn.Sequential(layers.Conv1D(4, 8)), torch.randn(5, 8)
    assert model(x).shape == (5, 4)
    pruned = written(model, "n:m", "2:4")["0.weight"]
    assert (pruned.T.reshape(-1, 4) != 0).sum(1).tolist() == [2] * 8
    whole = nn.Sequential(layers.Conv1D(3, 8))
    (unit,) = scan_sensitivity(whole, x, levels=[0.5]).units
    assert unit.shape == [3, 8]
    assert unit.macs == 24
    assert estimate_sensitivity(whole, x, levels=[0.5]).values["kl"][0, 0] > 0


@pytest.mark.parametrize("count", [2, 5, 16])
def test_centres_are_those_of_plain_k_means(count):
    values = torch.randn(300, generator=torch.Generator().manual_seed(count))
    centres = torch.linspace(float(values.min()), float(values.max()), count, dtype=torch.float64)
    for _ in range(100):
        near = (values.double()[:, None] - centres).abs().argmin(1)
        for c in range(count):
            if (near == c).any():
                centres[c] = values[near == c].double().mean()
    found = SortedWeights(values).centres(count)
    assert torch.allclose(found, centres, atol=1e-9)
    assert torch.equal(nearest(values, found), centres[near].float())


def test_stored_bits_count_scales_and_centres():
    model = nn.Linear(10, 4)
    assert edits_of(model, "bits", [4]).units[0].stored_bits == [40 * 4 + 4 * 32]
    assert edits_of(model, "clusters", [16, 3]).units[0].stored_bits == [
        40 * 4 + 16 * 32,
        40 * 2 + 3 * 32,
    ]


def test_every_weight_is_found_once():
    names = [weight.name for weight in prunable_weights(Tied())]
    assert names == ["embedding.weight", "first.weight", "late.weight"]
    assert prunable_weights(Tied())[0].names == ["embedding.weight", "out.weight"]
    layer = "encoder.layers.0."
    names = [weight.name for weight in prunable_weights(Text(), ["encoder.layers.0"])]
    assert names == [
        layer + part
        for part in (
            "self_attn.in_proj_weight",
            "self_attn.out_proj.weight",
            "linear1.weight",
            "linear2.weight",
        )
    ]
    names = [weight.name for weight in prunable_weights(Recurrent())]
    assert len(names) == 8 + 2 + 1
    assert "lstm.weight_hh_l1_reverse" in names


def test_where_there_is_nothing_to_edit_the_message_says_so():
    model, x = build("transformer")
    with pytest.raises(
        LayerError, match=r"no convolution.* in layers=\['encoder.layers.0.norm1'\]"
    ):
        scan_sensitivity(model, x, layers=["encoder.layers.0.norm1"])
    with pytest.raises(LayerError, match="in the model"):
        scan_sensitivity(nn.Sequential(nn.ReLU()), torch.randn(3, 4))


def test_masked_weights_are_the_smallest():
    """Weights under a mask of a parametrisation or of torch's pruning count as zeros."""

    class Half(nn.Module):
        def forward(self, weight):
            return weight * mask

    torch.manual_seed(0)
    mask = (torch.rand(4, 8) > 0.5).float()
    model, x = nn.Sequential(nn.Linear(8, 4)), torch.randn(5, 8)
    dense = model(x)
    parametrize.register_parametrization(model[0], "weight", Half())
    share = float((mask == 0).float().mean())
    found = scan_sensitivity(model, x, levels=[share, 0.9])
    assert found.units[0].name == "0.weight"
    assert found.values["kl"][0, 0] == 0 < found.values["kl"][0, 1]
    assert not torch.equal(model(x), dense)

    pruned = nn.Sequential(nn.Linear(8, 4))
    prune.custom_from_mask(pruned[0], "weight", mask)
    found = scan_sensitivity(pruned, x, levels=[share, 0.9])
    assert found.units[0].name == "0.weight"
    assert found.values["kl"][0, 0] == 0 < found.values["kl"][0, 1]


def test_costs_are_multiply_adds_of_one_sample():
    found = scan_sensitivity(*build("lstm"), levels=[0.5])
    macs = {unit.name: unit.macs for unit in found.units}
    assert macs["lstm.weight_ih_l0"] == 20 * 3 * 5
    assert macs["gru.weight_hh"] == 12 * 4 * 5
    assert macs["head.weight"] == 12
    found = scan_sensitivity(*build("transformer"), levels=[0.5])
    macs = {unit.name: unit.macs for unit in found.units}
    assert macs["embedding.weight"] == 0
    assert macs["encoder.layers.1.self_attn.in_proj_weight"] == 24 * 8 * 7
    assert macs["encoder.layers.1.linear1.weight"] == 8 * 12 * 7
    found = scan_sensitivity(*build("u-net"), levels=[0.5])
    macs = {unit.name: unit.macs for unit in found.units}
    assert macs["down1.0.weight"] == 4 * 3 * 9 * 256
    assert macs["up.weight"] == 6 * 4 * 4 * 64
    assert all(unit.seconds > 0 for unit in found.units)


def test_global_rankings_are_exact_counts():
    torch.manual_seed(0)
    weights = [torch.randn(5, 8), 3 * torch.randn(30), torch.zeros(4), torch.ones(3)]
    shares, counts = allocations(weights)
    sizes = [w.numel() for w in weights]
    every = [(float(v), u) for u, w in enumerate(weights) for v in w.abs().flatten()]
    lamp = []
    for u, w in enumerate(weights):
        squares = sorted((w.double() ** 2).flatten().tolist())
        for i, square in enumerate(squares):
            rest = sum(squares[i:])
            lamp.append((square / rest if rest else 0.0, u))
    for name, scores in (("global_magnitude", every), ("lamp", lamp)):
        ranked = [u for _, u in sorted(scores)]
        for share, found in zip(shares, counts[name], strict=True):
            first = ranked[: round(share * sum(sizes))]
            assert found.tolist() == [first.count(u) for u in range(len(weights))]
    assert np.isin([0.0, 0.5, 0.9, 0.95, 0.99], shares).all()


def test_levels_may_come_in_any_order():
    model, x = build("branches")
    rising = scan_sensitivity(model, x, levels=[0.2, 0.6]).values["kl"]
    falling = scan_sensitivity(model, x, levels=[0.6, 0.2]).values["kl"]
    assert np.array_equal(rising, falling[:, ::-1])
