import sys

import numpy as np
import pytest
import torch
from torch import nn

from lightning_callbacks.sensitivity import estimate_sensitivity, lane, scan_sensitivity
from lightning_callbacks.sensitivity.fusing import FusionError
from lightning_callbacks.sensitivity.prunable import prunable_weights
from tests.lightning_callbacks.sensitivity import naive
from tests.lightning_callbacks.sensitivity.networks import HARD, SMALL, build

LABELS = torch.arange(6) % 3
SKIPS_NOTHING = {"kept attributes"}


def scanned(model, x, **kwargs):
    return scan_sensitivity(model, (x, LABELS), levels=naive.SHARES, chunk=3, **kwargs)


@pytest.fixture
def routes(monkeypatch):
    """Collects what each unit's forwards skip."""
    found = []
    prepare = lane.Lane.prepare

    def noting(self, unit):
        prepare(self, unit)
        found.append(self._checked[unit])

    monkeypatch.setattr(lane.Lane, "prepare", noting)
    return found


@pytest.mark.parametrize("name", [*SMALL, *HARD])
def test_it_gives_the_numbers_of_the_naive_loop_to_the_bit(name, routes):
    model, x = build(name)
    found = scanned(model, x)
    weights = [weight.parameter for weight in prunable_weights(model)]
    chunks = [(x[:3], LABELS[:3]), (x[3:], LABELS[3:])]
    plain = naive.scan(model, chunks, weights)
    for measure, values in found.values.items():
        assert np.array_equal(values, plain[measure]), measure
    assert set(found.values) >= set(plain) - {"kl_batch", "loss", "metric"}
    assert any(route.skipped for route in routes) == (name not in SKIPS_NOTHING)


def test_activations_are_done_in_place_where_nobody_else_holds_their_input(monkeypatch):
    model, x = build("held inputs")
    calls = []
    relu_ = torch.relu_
    monkeypatch.setattr(torch, "relu_", lambda x: calls.append(x) or relu_(x))
    scan_sensitivity(model, x, levels=[0.5], layers=["stem"])
    # The first and the last; on a Python where these can't be told from variables, none.
    assert len(calls) in ({2} if sys.version_info < (3, 14) else {0, 2})


@pytest.mark.parametrize("name", ["resnet", "in place", "random numbers"])
def test_model_and_random_numbers_are_as_before(name):
    model, x = build(name)
    model[0].train() if isinstance(model, nn.Sequential) else model.train()
    next(model.parameters()).requires_grad_(False)
    before = _everything(model)
    scanned(model, x)
    assert _everything(model) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_model_is_as_before_after_an_exception(error):
    model, x = build("resnet")
    before, calls = _everything(model), []

    def failing(outputs, labels):
        calls.append(None)
        if len(calls) > 7:
            raise error
        return outputs.sum(1)

    with pytest.raises(error):
        scanned(model, x, loss=failing)
    assert _everything(model) == before


def test_model_is_as_before_after_an_exception_in_the_model():
    model, x = build("in place")
    model.same.forward = own = lambda x: _refuse_zeros(model.stem.weight, x)
    before = _everything(model)
    with pytest.raises(KeyboardInterrupt):
        scanned(model, x)
    assert model.same.__dict__["forward"] is own
    assert _everything(model) == before


def _refuse_zeros(weight, x):
    if (weight == 0).any():
        raise KeyboardInterrupt
    return x


def _everything(model):
    tensors = {name: value.numpy().tobytes() for name, value in model.state_dict().items()}
    flags = [(m.training, "forward" in m.__dict__) for m in model.modules()]
    wanted = [p.requires_grad for p in model.parameters()]
    return tensors, flags, wanted, torch.get_rng_state().numpy().tobytes()


def test_standard_errors_are_those_of_paired_differences():
    model, x = build("vit")
    found = scan_sensitivity(model, (x, LABELS), levels=[0.9], layers=["head"], chunk=6)
    before, weight = naive.run(model, x), model.head.weight
    with torch.no_grad():
        weight.copy_(naive.magnitude(weight, 0.9))
    after = naive.run(model, x)
    pairs = {
        "kl": naive.kl(before, after),
        "loss": naive.losses(after, LABELS) - naive.losses(before, LABELS),
    }
    for measure, each in pairs.items():
        assert found.values[measure][0, 0] == pytest.approx(float(each.mean()), rel=1e-12)
        expected = float(each.std()) / 6**0.5
        assert found.errors[measure][0, 0] == pytest.approx(expected, rel=1e-9)
    assert found.dense["loss"] == pytest.approx(float(naive.losses(before, LABELS).mean()))
    assert found.samples == 6


def test_a_regression_is_measured_by_squared_differences():
    torch.manual_seed(0)
    model, x, y = nn.Linear(3, 2), torch.randn(8, 3), torch.randn(8, 2)
    found = scan_sensitivity(model, (x, y), levels=[0.5], chunk=5)
    before = naive.run(model, x).double()
    with torch.no_grad():
        model.weight.copy_(naive.magnitude(model.weight, 0.5))
    after = naive.run(model, x).double()
    kl = (after - before).square().mean() / before.var(0, correction=0).mean()
    loss = (after - y).square().mean() - (before - y).square().mean()
    assert found.values["kl"][0, 0] == pytest.approx(float(kl))
    assert found.values["loss"][0, 0] == pytest.approx(float(loss), rel=1e-5)
    assert found.metric == "minus absolute error"


def test_without_labels_there_is_kl_only():
    model, x = build("vit")
    found = scan_sensitivity(model, x, levels=[0.9], layers=["head"])
    assert set(found.values) == {"kl"}
    assert np.isnan(found.dense["loss"])


def test_a_mask_over_zeros_changes_nothing_and_costs_no_forward():
    model, x = build("branches")
    with torch.no_grad():
        model.second.weight.copy_(naive.magnitude(model.second.weight, 0.6))
    calls = []
    model.head.register_forward_hook(lambda *_: calls.append(None))
    found = scan_sensitivity(model, (x, LABELS), levels=[0.2, 0.5], layers=["second"])
    before = len(calls)
    assert not found.values["kl"].any()
    scan_sensitivity(model, (x, LABELS), levels=[0.2, 0.9], layers=["second"])
    assert len(calls) - before == before + 1


def test_a_budget_leaves_units_unmeasured_and_the_next_scan_goes_on():
    model, x = build("branches")
    first = scanned(model, x, budget_seconds=1e-9)
    assert np.isnan(first.values["kl"]).all(1).tolist() == [False, True, True, True]
    second = scanned(model, x, budget_seconds=1e-9, first_unit=1)
    assert np.isnan(second.values["kl"]).all(1).tolist() == [True, False, True, True]
    assert np.array_equal(second.values["kl"][1], scanned(model, x).values["kl"][1])


def test_shares_of_more_processes_than_units_are_whole_together():
    model, x = build("branches")
    shares = [scanned(model, x, share=(i, 5)).values["kl"] for i in range(5)]
    assert np.isnan(shares[4]).all()
    assert np.array_equal(np.nansum(shares, axis=0), scanned(model, x).values["kl"])


def test_folding_changes_the_last_bits_only():
    model, x = build("resnet")
    exact, fused = scanned(model, x), scanned(model, x, mode="fused")
    assert fused.mode == "fused"
    assert not np.array_equal(exact.values["kl"], fused.values["kl"])
    assert np.allclose(exact.values["kl"], fused.values["kl"], rtol=1e-2, atol=1e-6)
    assert np.allclose(exact.values["kl_batch"], fused.values["kl_batch"], rtol=1e-2, atol=1e-6)


def test_half_precision_sees_every_edit():
    model, x = build("resnet")
    exact, half = scanned(model, x), scanned(model, x, mode="bf16")
    assert (half.values["kl"] > 0).all()
    assert np.corrcoef(exact.values["kl"].ravel(), half.values["kl"].ravel())[0, 1] > 0.99


def test_folding_is_refused_where_it_changes_the_model():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)

        def forward(self, x):
            raw = self.conv(x)
            self.norm.bias.data.fill_(1.0)
            return (self.norm(raw) + raw).mean((2, 3))

    with pytest.raises(FusionError, match="bitwise"):
        scan_sensitivity(Both(), torch.rand(4, 3, 5, 5), mode="fused")


def test_unknown_names_are_refused_with_a_list():
    model, x = build("branches")
    with pytest.raises(ValueError, match="unstructured"):
        scan_sensitivity(model, x, kind="pruning")
    with pytest.raises(ValueError, match="bitwise"):
        scan_sensitivity(model, x, mode="fast")
    with pytest.raises(ValueError, match="one value per sample"):
        scan_sensitivity(model, (x, LABELS), loss=nn.CrossEntropyLoss())


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_budget_below_zero_is_refused(seconds):
    with pytest.raises(ValueError, match="budget_seconds must be 0 or more"):
        scan_sensitivity(*build("branches"), budget_seconds=seconds)


@pytest.mark.parametrize("outputs", [1, 4])
def test_labels_without_a_class_are_told(outputs):
    model, batch = nn.Linear(3, outputs), (torch.randn(6, 3), torch.tensor([0, 1, 0, 7, 1, -1]))
    message = f"label 7, .* of {max(outputs, 2)} classes"
    with pytest.raises(ValueError, match=message):
        scan_sensitivity(model, batch)
    with pytest.raises(ValueError, match=message):
        estimate_sensitivity(model, batch, method="weight_taylor")


def test_progress_is_one_line(capsys):
    model, x = build("branches")
    scanned(model, x, progress=True)
    assert "8 of 8" in capsys.readouterr().err
