"""Weights that share values: k-means, what is stored, and training that keeps them shared."""

import numpy as np
import pytest
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging
from sklearn.cluster import KMeans
from torch import nn

from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.editing.prune import PruneToPlan
from lightning_callbacks.editing.share import ShareWeights, share_weights, unpack
from tb_explain.planning import Budget, Cut, Plan, PlanError
from tests import toys

WEIGHTS = ("net.0.weight", "net.4.weight", "net.9.weight")


def linear(seed: int = 0) -> nn.Linear:
    torch.manual_seed(seed)
    return nn.Linear(40, 25)


def test_values_are_those_of_k_means_from_evenly_spaced_centres():
    layer = linear()
    before = layer.weight.detach().double().numpy().reshape(-1, 1)
    shared = share_weights(layer, 8)["weight"]
    start = np.linspace(before.min(), before.max(), 8).reshape(-1, 1)
    plain = KMeans(8, init=start, n_init=1, tol=0, max_iter=100).fit(before)
    np.testing.assert_allclose(shared.values, plain.cluster_centers_.ravel(), rtol=1e-5)
    assert torch.equal(layer.weight, shared.weight())
    np.testing.assert_array_equal(shared.codes.flatten(), plain.labels_)


@pytest.mark.parametrize("count", [2, 3, 16, 200])
def test_codes_come_back_from_their_bits(count):
    layer = linear()
    shared = share_weights(layer, count)["weight"]
    packed = shared.packed()
    bits = max(1, int(np.ceil(np.log2(count))))
    assert packed.nbytes == -(-1000 * bits // 8)
    again = unpack(packed, shared.values, shared.codes.shape)
    assert torch.equal(again.weight(), layer.weight)


def test_sixteen_values_take_four_bits_a_weight():
    shared = share_weights(linear(), 16)["weight"]
    assert shared.packed().nbytes * 8 == 4 * 1000


def test_zeros_stay_zero_and_nothing_else_becomes_zero():
    layer = linear()
    with torch.no_grad():
        layer.weight[layer.weight.abs() < 0.1] = 0
    zero = layer.weight == 0
    shared = share_weights(layer, 4)["weight"]
    assert torch.equal(layer.weight == 0, zero)
    assert len(shared.values) == 4
    nothing = nn.Linear(3, 3)
    nn.init.zeros_(nothing.weight)
    assert not share_weights(nothing, 4)["weight"].weight().any()


def test_each_parameter_may_have_its_own_number():
    model = toys.Classifier()
    shared = share_weights(model, {"net.0.weight": 2, "net.9.weight": 5})
    assert {name: len(one.values) for name, one in shared.items()} == {
        "net.0.weight": 2,
        "net.9.weight": 5,
    }
    units = [Cut("net.4.weight", 432, 0, 3.0, "3 values"), Cut("net.9.weight", 128, 0, 0.0)]
    plan = Plan("clusters", "sensitivity", Budget("bytes", 0.2), units)
    assert {name: len(one.values) for name, one in share_weights(model, plan).items()} == {
        "net.4.weight": 3
    }


@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        (1, "1 for net.0.weight; expected 2"),
        ({"net.1.weight": 4}, "'net.1.weight' is none of the weights net.0.weight, net.4.weight"),
        (Plan("bits", "uniform", Budget("bytes", 0.2), []), "'bits' shares no weights"),
    ],
)
def test_wrong_numbers_are_told(clusters, message):
    with pytest.raises((ValueError, PlanError), match=message):
        share_weights(toys.Classifier(), clusters)


def distinct(module: nn.Module) -> list[int]:
    named = dict(module.named_parameters())
    return [len(named[name].unique()) for name in WEIGHTS]


class Adam(toys.Classifier):
    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=1e-2)


@pytest.mark.parametrize("module", [toys.Classifier, Adam])
def test_training_moves_the_shared_values_and_keeps_them_shared(tmp_path, module):
    sharing, student = ShareWeights(8, begin_epoch=1), module()
    trainer = toys.trainer(tmp_path, sharing, max_epochs=4)
    trainer.fit(student, *toys.loaders())
    assert distinct(student) == [8, 8, 8]
    for name, one in sharing.shared.items():
        assert torch.equal(one.weight(), student.get_parameter(name))


def test_pruned_weights_stay_zero_whatever_the_optimizer_remembers(tmp_path):
    units = [Cut("net.4.weight", 432, 400, 400 / 432)]
    pruning = PruneToPlan(
        Plan("unstructured", "uniform", Budget("parameters", 0.1), units),
        schedule="one_shot",
        begin_epoch=1,
    )
    student = Adam()
    callbacks = (pruning, ShareWeights(8, begin_epoch=2))
    toys.trainer(tmp_path, *callbacks, max_epochs=4).fit(student, *toys.loaders())
    assert max(distinct(student)) <= 8
    assert int((student.net[4].weight == 0).sum()) == 400


def test_a_resumed_run_keeps_who_shares_with_whom(tmp_path):
    first, student = ShareWeights(4), toys.Classifier()
    toys.trainer(tmp_path, first, max_epochs=1).fit(student, *toys.loaders())
    again = ShareWeights(4)
    again.load_state_dict(first.state_dict())
    toys.trainer(tmp_path, again, max_epochs=1).fit(student, *toys.loaders())
    assert all(torch.equal(c.codes, first.shared[n].codes) for n, c in again.shared.items())


def test_the_gradient_of_a_cluster_is_the_mean(tmp_path):
    sharing = ShareWeights(2)
    seen = []

    class Watching(toys.Classifier):
        def on_before_optimizer_step(self, optimizer):
            seen.append(self.net[9].weight.grad.clone())

    toys.trainer(tmp_path, sharing, max_epochs=1).fit(Watching(), *toys.loaders())
    codes = sharing.shared["net.9.weight"].codes
    assert all(len(grad[codes == code].unique()) == 1 for grad in seen for code in (0, 1))


def test_begin_epoch_is_checked():
    with pytest.raises(ValueError, match="begin_epoch must be 0 or more, not -1"):
        ShareWeights(begin_epoch=-1)


def test_what_would_undo_it_is_refused_and_doing_nothing_is_told(tmp_path):
    with pytest.raises(PlanError, match="list ShareWeights after it"):
        toys.trainer(tmp_path, ShareWeights(4), EMAWeightAveraging()).fit(
            toys.Classifier(), *toys.loaders()
        )
    with pytest.warns(MonitorWarning, match="ShareWeights did nothing: it was to begin at epoch 9"):
        toys.trainer(tmp_path, ShareWeights(4, begin_epoch=9)).fit(
            toys.Classifier(), *toys.loaders()
        )
