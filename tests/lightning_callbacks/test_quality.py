"""How far explanations can be believed: measures against their definitions, verdicts, records."""

from collections.abc import Sequence
from pathlib import Path

import captum.metrics
import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from lightning_callbacks import (
    CAM_METHODS,
    METHODS,
    Captum,
    ExplanationQualityMonitor,
    IntegratedGradients,
    attribute,
)
from lightning_callbacks.function import Attributed
from lightning_callbacks.methods import find_any_methods
from lightning_callbacks.quality import MEASURES, faithfulness, measures, similarity
from lightning_callbacks.quality.measures import Examined, Subject
from lightning_callbacks.quality.places import by_place, places_of
from lightning_callbacks.quality.randomised import randomised
from tests import attention_toys, toys
from tests.lightning_callbacks.methods.functions import image_function, table_function

DRAWN = np.random.default_rng(0)


def test_rank_correlation_is_scipys_with_ties():
    a = DRAWN.normal(size=(5, 40))
    b = np.round(a + DRAWN.normal(size=(5, 40)), 0)
    expected = [stats.spearmanr(x, y).statistic for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(similarity.spearman(a, b), expected)
    assert np.isnan(similarity.spearman(np.ones((1, 4)), b[:1, :4]))[0]


def test_sparseness_is_zero_for_equal_values_and_nearly_one_for_a_single_one():
    values = np.zeros((3, 10))
    values[0], values[1, 4] = 2.0, -3.0
    np.testing.assert_allclose(similarity.gini(values)[:2], [0, 0.9], atol=1e-12)
    assert np.isnan(similarity.gini(values)[2])


def test_equal_maps_are_fully_alike_and_moved_ones_say_how_far():
    maps = np.zeros((1, 9, 9))
    maps[0, 2, 2] = 1
    moved = np.roll(maps, 4, axis=2)
    assert similarity.ssim(maps, maps)[0] == pytest.approx(1)
    assert similarity.ssim(maps, moved)[0] < 0.6
    assert similarity.centre_shift(maps, moved)[0] == pytest.approx(0.5 / np.sqrt(2))
    flat, other = maps.reshape(1, -1), moved.reshape(1, -1)
    assert similarity.top_overlap(flat, flat)[0] == 1
    assert similarity.top_overlap(flat, other)[0] < 1


class Product(nn.Module):
    """Logits (0, sum of the first two of six columns)."""

    def forward(self, x):
        return torch.stack([torch.zeros(len(x), dtype=x.dtype), x[:, :2].sum(dim=1)], dim=1)


def examined(method, function, regions=None, other=None):
    subject = Subject(function, function, other, function.baselines, regions)
    return Examined(subject, method, method.attribute(function))


def test_deletion_and_insertion_follow_the_order_of_relevance():
    x = torch.ones(2, 6, dtype=torch.float64)
    function = table_function(Product(), x)
    relevance = torch.tensor([[6.0, 5, 4, 3, 2, 1], [1.0, 2, 3, 4, 5, 6]]).double()
    places = places_of(function)
    deleted = faithfulness.deletion(function, places, relevance)
    inserted = faithfulness.insertion(function, places, relevance, function.baselines)
    kept = np.round((1 - faithfulness.FRACTIONS) * 6)
    np.testing.assert_allclose(deleted[0], np.maximum(0, kept - 4))
    np.testing.assert_allclose(deleted[1], np.minimum(2, kept))
    there = np.round(faithfulness.FRACTIONS * 6)
    np.testing.assert_allclose(inserted[0], np.minimum(2, there))
    assert (deleted[:, 0], deleted[:, -1])[0].tolist() == [2, 2]
    assert faithfulness.area(deleted)[0] < faithfulness.area(deleted)[1]
    assert faithfulness.area(np.ones((1, 21)))[0] == pytest.approx(1)


def test_a_linear_functions_own_contributions_have_no_infidelity_whatever_their_scale():
    torch.manual_seed(0)
    net, x = nn.Linear(6, 2).double(), torch.randn(3, 6).double()
    function = table_function(net, x)
    present = torch.rand(20, 6) < 0.5
    own = x * net.weight[1].detach()
    for scale in (1.0, -7.0):
        found = faithfulness.infidelity(function, places_of(function), scale * own, present)
        np.testing.assert_allclose(found, 0, atol=1e-20)
    wrong = faithfulness.infidelity(function, places_of(function), torch.rand(3, 6), present)
    assert (wrong > 1e-3).all()


def test_infidelity_is_captums_with_the_same_perturbations():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 2)).double()
    x = torch.randn(1, 6).double()
    function = table_function(net, x)
    values = IntegratedGradients().attribute(function).values[0]
    present = torch.rand(16, 6) < 0.5
    ours = faithfulness.infidelity(function, places_of(function), values, present)

    def perturb(inputs):
        left_out = (~present).double()
        return left_out, inputs - left_out * inputs

    expected = captum.metrics.infidelity(
        net, perturb, x, values, target=1, n_perturb_samples=16, max_examples_per_batch=16,
        normalize=True,
    )  # fmt: skip
    np.testing.assert_allclose(ours, expected.detach(), rtol=1e-6)


def test_a_linear_models_gradient_is_not_sensitive_and_a_steps_is():
    torch.manual_seed(0)
    x = torch.randn(3, 6).double()
    linear = examined(METHODS["saliency"], table_function(nn.Linear(6, 2).double(), x))
    np.testing.assert_allclose(MEASURES["max_sensitivity"].compute(linear), 0, atol=1e-12)

    class Wave(nn.Module):
        def forward(self, values):
            return torch.sin(400 * values[:, :2])

    wave = examined(METHODS["saliency"], table_function(Wave(), x))
    assert (MEASURES["max_sensitivity"].compute(wave) > 0.1).all()


def test_completeness_is_relative_to_what_the_output_rose_by():
    function = table_function(nn.Linear(6, 2).double(), torch.randn(3, 6).double())
    right = examined(IntegratedGradients(), function)
    np.testing.assert_allclose(MEASURES["completeness"].compute(right), 0, atol=1e-9)
    short = Attributed(
        tuple(0.9 * v for v in right.attributed.values),
        right.attributed.output,
        right.attributed.base,
    )
    off = Examined(right.subject, right.method, short)
    np.testing.assert_allclose(MEASURES["completeness"].compute(off), 0.1, rtol=1e-6)
    assert MEASURES["completeness"].compute(examined(METHODS["saliency"], function)) is None


def test_the_pointing_game_counts_hits_and_mass_is_against_area():
    function = table_function(Product(), torch.ones(2, 6).double())
    regions = torch.tensor([[True, False, False, False, False, False]] * 2)
    regions[1] = regions[1].roll(4)
    both = examined(IntegratedGradients(), function, regions)
    np.testing.assert_array_equal(MEASURES["pointing"].compute(both), [1, 0])
    np.testing.assert_allclose(MEASURES["mass"].compute(both), [3, 0])


def test_places_of_an_image_are_pixels_and_coarse_maps_are_enlarged():
    function = image_function(nn.Flatten(), torch.randn(2, 3, 8, 8).double())
    places = places_of(function)
    assert places.most == 64
    pixels = by_place(function, places, (torch.ones(2, 3, 8, 8),))
    np.testing.assert_array_equal(pixels, np.full((2, 64), 3))
    assert by_place(function, places, (torch.ones(2, 5, 2, 2),)).shape == (2, 64)


def test_weights_are_random_from_the_output_on_and_come_back():
    torch.manual_seed(0)
    net = toys.conv_net()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    with randomised(net, 1 / 4):
        changed = [n for n, t in net.state_dict().items() if not torch.equal(t, before[n])]
        assert changed == ["9.weight", "9.bias"]
    with randomised(net, 1):
        changed = {n for n, t in net.state_dict().items() if not torch.equal(t, before[n])}
        assert changed == {n for n, _ in net.named_parameters()}
    assert all(torch.equal(t, before[n]) for n, t in net.state_dict().items())


KEPT = [
    name
    for name, method in METHODS.items()
    if hasattr(method, "attribute") and not method.caveat and name != "layer_conductance"
]


# Of nine values a single correlation says little: the mean over more random models does.
OF_SQUARES = ("kernel_shap", "exact_shapley", "lime", "feature_ablation")
ENOUGH_FOR_SQUARES = 12


def randomised_fully(directory: Path, methods: Sequence[str]) -> tuple[dict[str, float], set[str]]:
    """Returns by method the mean correlation with random models, and who carries a badge."""
    torch.manual_seed(0)
    monitor = ExplanationQualityMonitor(
        methods,
        measures=["randomised_100"],
        segments=3,
        strict=True,
        untrained=False,
        every_n_epochs=100,
        probe=toys.images(24, seed=3),
    )
    toys.trainer(directory, monitor, max_epochs=6).fit(toys.Classifier(), *toys.loaders(64))
    record = toys.of_kind(toys.read_records(directory), "explanation_quality")[-1]
    names = [method["name"] for method in record.fields["methods"]]
    alike = np.nanmean(record.arrays["values"][:, 0], axis=1)
    badges = {v["method"] for v in record.fields["verdicts"] if v["measure"] == "randomised_100"}
    return dict(zip(names, alike.tolist(), strict=True)), badges


@pytest.mark.slow
def test_maps_of_a_trained_model_change_with_its_weights_or_carry_a_caveat(tmp_path):
    fine = [name for name in KEPT if name not in OF_SQUARES]
    found, badges = randomised_fully(tmp_path, [*fine, "guided_backprop"])
    print(found)
    assert not {name for name in fine if abs(found[name]) >= 0.2} - badges


@pytest.mark.slow
def test_values_of_squares_change_with_the_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(measures, "RANDOM_MODELS", ENOUGH_FOR_SQUARES)
    found, _ = randomised_fully(tmp_path, OF_SQUARES)
    print(found)
    assert max(map(abs, found.values())) < 0.2


def test_the_monitor_records_figures_controls_curves_and_verdicts(tmp_path):
    monitor = ExplanationQualityMonitor(
        ["integrated_gradients", Captum("GuidedBackprop")],
        strict=True,
        segments=3,
        max_overhead=None,
    )
    toys.trainer(tmp_path, monitor, max_epochs=2).fit(toys.Classifier(), *toys.loaders())
    untrained, _, last = toys.of_kind(toys.read_records(tmp_path), "explanation_quality")
    fields, arrays = last.fields, last.arrays
    names = [measure["name"] for measure in fields["measures"]]
    assert set(MEASURES) - set(names) == {"pointing", "mass"}
    assert {"drift_spearman", "drift_ssim", "drift_top", "drift_centre"} <= set(names)
    assert "drift_spearman" not in [m["name"] for m in untrained.fields["measures"]]
    M, S, N = arrays["values"].shape
    assert (2, len(names), 16) == (M, S, N)
    assert arrays["control"].shape == (S, N)
    controlled = {name for i, name in enumerate(names) if np.isfinite(arrays["control"][i]).any()}
    assert controlled == {"deletion", "insertion", "infidelity"}
    assert arrays["deletion"].shape == arrays["insertion"].shape == (3, 21)
    np.testing.assert_allclose(np.diag(arrays["agreement"]), 1)
    assert np.isnan(arrays["values"][1, names.index("completeness")]).all()
    drift = arrays["values"][0, names.index("drift_spearman")]
    assert (np.abs(drift) <= 1).all()
    assert all(v["level"] in ("warn", "fail") and v["message"] for v in fields["verdicts"])


@pytest.mark.parametrize("name", CAM_METHODS)
def test_class_activation_maps_are_judged_too(name):
    torch.manual_seed(0)
    net, x = toys.conv_net().eval(), toys.images(3)
    function = image_function(net, x, model=net)
    (method,) = find_any_methods([name])
    found = method.attribute(function).values[0]
    expected = attribute(net, x, method=name, target=1).values
    torch.testing.assert_close(found[:, 0], expected, rtol=1e-5, atol=1e-8)
    both = examined(method, function)
    assert both.relevance.shape == (3, 144)
    assert np.isfinite(MEASURES["deletion"].compute(both)).all()


def test_texts_are_judged_token_by_token(tmp_path):
    from tests.lightning_callbacks.test_noninterference import Reader

    samples = attention_toys.texts(6)
    monitor = ExplanationQualityMonitor(["integrated_gradients", "attention_rollout"], strict=True)
    trainer = toys.trainer(tmp_path, monitor, max_epochs=1)
    data = torch.utils.data.DataLoader(samples, 3)
    trainer.fit(Reader(), data, data)
    record = toys.of_kind(toys.read_records(tmp_path), "explanation_quality")[-1]
    assert record.arrays["deletion"].shape == (3, 21)
    assert np.isfinite(record.arrays["values"][:, 1]).all()


def test_frozen_weights_do_not_drift(tmp_path):
    module = toys.Classifier()
    module.configure_optimizers = lambda: torch.optim.SGD(module.parameters(), 0.0)
    module.net[1].momentum = 0.0
    monitor = ExplanationQualityMonitor(
        "saliency", measures=["sparseness"], strict=True, max_overhead=None
    )
    toys.trainer(tmp_path, monitor, max_epochs=2).fit(module, *toys.loaders())
    last = toys.of_kind(toys.read_records(tmp_path), "explanation_quality")[-1]
    names = [measure["name"] for measure in last.fields["measures"]]
    values = dict(zip(names, last.arrays["values"][0], strict=True))
    np.testing.assert_allclose(values["drift_spearman"], 1)
    np.testing.assert_allclose(values["drift_centre"], 0, atol=1e-9)


def test_unknown_measures_and_regions_that_do_not_fit_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"Unknown measure 'deletoin'. Expect some of \['comple"):
        ExplanationQualityMonitor(measures=["deletoin"])
    monitor = ExplanationQualityMonitor("saliency", regions=torch.ones(16, 5, 5), strict=True)
    with pytest.raises(ValueError, match=r"regions is \[16, 5, 5\]; expected 16 samples of 144"):
        toys.trainer(tmp_path, monitor).fit(toys.Classifier(), *toys.loaders())


def test_a_planted_patch_carries_far_more_than_its_share(tmp_path):
    """The mass measure on a model that looks at one corner."""

    class Corner(nn.Module):
        def forward(self, x):
            seen = x[:, :, :3, :3].flatten(1).sum(dim=1)
            return torch.stack([-seen, seen], dim=1)

    x = toys.images(4)
    found = attribute(Corner(), x, method="deeplift", target=1).values
    share = found[:, :3, :3].sum(dim=(1, 2)) / found.sum(dim=(1, 2))
    assert (share / (9 / 144) > 5).all()
