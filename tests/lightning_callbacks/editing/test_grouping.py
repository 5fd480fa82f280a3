import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from lightning_callbacks.editing.grouping import GroupingError, find_groups, importance
from lightning_callbacks.editing.heads import find_heads
from lightning_callbacks.sensitivity import scan_sensitivity
from tests import architectures


def groups_of(model, images=None):
    images = torch.randn(2, 3, 16, 16).double() if images is None else images
    return find_groups(model.eval(), lambda: model(images))


class Norms(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.GroupNorm(2, 8)
        self.grouped = nn.Conv2d(8, 8, 3, groups=2)
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.grouped(self.norm(self.conv(x))).mean((2, 3)))


def test_what_a_skip_adds_up_is_one_group():
    model = architectures.build("resnet")
    found = groups_of(model)
    stem = found.groups[0]
    assert (stem.name, stem.size) == ("0.0", 8)
    # What reads the sum, and what adds to it, at once.
    assert {"0.0", "0.1", "2.expand.0", "2.reduce.0", "3.reduce.0", "3.shortcut.0"} <= set(
        stem.layers
    )
    assert found.kept == {"5.2": "its channels are the model's outputs"}


def test_concatenated_channels_keep_their_places():
    model = architectures.build("densenet")
    first = groups_of(model).groups[1]
    reads = {part.layer: part for part in first.slices if part.reads}
    starts = {int(part.positions.min()) for part in reads.values()}
    assert len(reads) > 1
    assert 0 not in starts


def test_depthwise_convolutions_follow_what_they_read():
    found = groups_of(architectures.build("mobilenet_v2"))
    inner = next(group for group in found.groups if group.name == "1.layers.0.0")
    assert "1.layers.1.0" in inner.layers


def test_groups_that_cannot_be_narrowed_say_why():
    model = Norms()
    found = groups_of(model, torch.randn(2, 3, 8, 8))
    assert not found.groups
    assert "mixes its channels" in found.kept["conv"]
    assert found.kept["grouped"] == "grouped is a convolution in groups"


class Answering(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 6, 3)
        self.head = nn.Linear(6, 4)

    def forward(self, x):
        x = self.second(self.first(x).relu()).relu()
        return {"loss": None, "logits": self.head(x.mean((2, 3)))}


def test_outputs_may_hold_none():
    found = groups_of(Answering(), torch.randn(2, 3, 8, 8))
    assert [group.name for group in found.groups] == ["first", "second"]
    assert found.kept == {"head": "its channels are the model's outputs"}


@pytest.mark.parametrize(
    "computed",
    [
        parametrizations.weight_norm,
        parametrizations.spectral_norm,
        pytest.param(nn.utils.weight_norm, marks=pytest.mark.filterwarnings("ignore")),
        pytest.param(nn.utils.spectral_norm, marks=pytest.mark.filterwarnings("ignore")),
    ],
)
def test_channels_of_computed_weights_stay_whole(computed):
    model = Answering()
    computed(model.second)
    found = groups_of(model, torch.randn(2, 3, 8, 8))
    assert not found.groups
    assert "second.weight is computed" in found.kept["first"]
    with pytest.raises(GroupingError, match=r"second\.weight is computed"):
        scan_sensitivity(model, torch.randn(2, 3, 8, 8), kind="channel")


def test_importance_is_the_magnitude_of_all_weights_of_a_channel():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(), nn.Conv2d(4, 2, 1), nn.Flatten())
    (group,) = groups_of(model, torch.randn(2, 3, 1, 1)).groups
    expected = model[0].weight.abs().sum((1, 2, 3)) + model[2].weight.abs().sum((0, 2, 3))
    assert torch.allclose(importance(model, group), expected.double())


def test_finding_groups_leaves_the_model_as_it_was():
    model = architectures.build("resnet").train()
    model[0][0].weight.requires_grad_(False)
    find_groups(model, lambda: model(torch.randn(2, 3, 16, 16).double()))
    assert all(module.training for module in model.modules())
    assert not model[0][0].weight.requires_grad


def test_without_torch_pruning_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_pruning", None)
    with pytest.raises(GroupingError, match=r"tb-explain\[edit\]"):
        groups_of(architectures.build("resnet"))


def test_a_scan_of_channels_measures_physical_removal():
    torch.manual_seed(0)
    model, images = architectures.build("resnet").eval(), torch.randn(8, 3, 16, 16).double()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.bias.normal_()
                module.running_mean.normal_()
    found = scan_sensitivity(model, images, kind="channel", levels=[0.5])
    assert np.isfinite(found.values["kl"]).all()
    assert found.units[0].size == 8
    assert found.removed.tolist() == [[unit.size // 2] for unit in found.units]
    by_name = {layer.name: layer for layer in found.layers}
    assert by_name["0.0"].out == 0
    assert by_name["2.reduce.0"].ins == [(0, 1.0)]
    assert sum(layer.parameters for layer in found.layers) == sum(
        p.numel() for p in model.parameters()
    )
    from lightning_callbacks.editing import shrink
    from tb_explain.planning import Budget, Cut, Plan

    unit = found.units[2]
    plan = Plan("channel", "by hand", Budget("macs", 0.5), [Cut(unit.name, unit.size, 4, 0.5)])
    with torch.no_grad():
        before = model(images).log_softmax(-1)
        after = shrink(model, plan, images)(images).log_softmax(-1)
    removed = (before.exp() * (before - after)).sum(-1).mean()
    assert found.values["kl"][2, 0] == pytest.approx(float(removed), rel=1e-6)


def test_heads_of_torchs_own_attention_are_found_and_silenced():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, dropout=0.0)
    model = nn.Sequential(layer, nn.Flatten(), nn.Linear(80, 3)).eval()
    (group,) = find_heads(model)
    assert (group.name, group.size) == ("0.self_attn", 4)
    assert "can't be built" in group.stays
    found = scan_sensitivity(model, torch.randn(6, 5, 16), kind="heads")
    assert found.removed.tolist() == [[1, 2, 3]]
    assert (np.diff(found.values["kl"][0]) > 0).any()


def test_a_model_without_heads_says_what_is_looked_for():
    with pytest.raises(GroupingError, match="linears of queries"):
        scan_sensitivity(nn.Linear(4, 2), torch.randn(3, 4), kind="heads")
