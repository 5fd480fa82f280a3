import copy

import pytest
import torch
from torch import nn

from lightning_callbacks.editing import load_shrunk, shrink, transplant_optimizer
from lightning_callbacks.editing.channels import groups_of, mask_removed, planned_removals
from lightning_callbacks.editing.narrow import ShrinkError
from lightning_callbacks.forwarding import run
from tb_explain.planning import Budget, Cut, Plan, PlanError
from tests import architectures

CONVOLUTIONAL = ["resnet", "densenet", "mobilenet_v2", "mobilenet_v3", "googlenet", "vgg"]


def built(name):
    torch.manual_seed(0)
    model = architectures.build(name).eval()
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                for tensor in (module.weight, module.bias, module.running_mean):
                    tensor.normal_()
                module.running_var.uniform_(0.5, 2)
    return model, torch.randn(2, 3, 16, 16).double()


def bert():
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        vocab_size=50,
        initializer_range=0.5,
    )
    return BertForSequenceClassification(config).eval(), {"input_ids": torch.randint(0, 50, (2, 7))}


def half(model, batch, edit="channel"):
    groups = groups_of(model, edit, lambda: run(model, batch))
    cuts = [Cut(group.name, group.size, group.size // 2, 0.5) for group in groups]
    return Plan(edit, "by hand", Budget("macs", 0.5), cuts)


def masked(model, plan, batch):
    copied = copy.deepcopy(model)
    mask_removed(copied, planned_removals(copied, plan, lambda: run(copied, batch)))
    return copied


def outputs(model, batch):
    with torch.no_grad():
        found = run(model, batch)
    return getattr(found, "logits", found)


def weights(model):
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("name", CONVOLUTIONAL)
def test_the_shrunk_model_gives_what_the_masked_one_gives(name):
    model, images = built(name)
    before = outputs(model, images)
    plan = half(model, images)
    smaller = shrink(model, plan, images)
    assert torch.allclose(
        outputs(smaller, images), outputs(masked(model, plan, images), images), atol=1e-9
    )
    assert weights(smaller) < 0.6 * weights(model)
    assert torch.equal(outputs(model, images), before)


@pytest.mark.parametrize("edit", ["heads", "channel"])
def test_heads_and_hidden_units_of_a_transformer_are_removed(edit):
    model, tokens = bert()
    plan = half(model, tokens, edit)
    smaller = shrink(model, plan, tokens)
    difference = outputs(smaller, tokens) - outputs(masked(model, plan, tokens), tokens)
    assert difference.abs().max() < 1e-5
    assert weights(smaller) < weights(model)
    assert not torch.allclose(outputs(smaller, tokens), outputs(model, tokens), atol=1e-3)
    if edit == "heads":
        assert smaller.bert.encoder.layer[0].attention.self.num_attention_heads == 2


def test_heads_that_cannot_go_are_zeroed():
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, dropout=0.0)
    model = nn.Sequential(layer, nn.Flatten(), nn.Linear(80, 3)).eval()
    series = torch.randn(4, 5, 16)
    plan = half(model, series, "heads")
    smaller = shrink(model, plan, series)
    assert weights(smaller) == weights(model)
    zeros = (smaller[0].self_attn.out_proj.weight == 0).all(0)
    assert int(zeros.sum()) == 8
    assert torch.allclose(outputs(smaller, series), outputs(masked(model, plan, series), series))


def test_a_checkpoint_of_a_shrunk_model_is_loaded_into_the_first_one(tmp_path):
    model, images = built("mobilenet_v3")
    smaller = shrink(model, half(model, images), images)
    twice = shrink(smaller, half(smaller, images), images)
    torch.save(
        {"state_dict": {f"net.{k}": v for k, v in twice.state_dict().items()}}, tmp_path / "c"
    )
    fresh = nn.ModuleDict({"net": architectures.build("mobilenet_v3").eval()})
    load_shrunk(fresh, tmp_path / "c")
    assert torch.equal(outputs(fresh["net"], images), outputs(twice, images))


def test_other_checkpoints_are_refused():
    model, images = built("resnet")
    with pytest.raises(ShrinkError, match="0 manifests"):
        load_shrunk(model, model.state_dict())
    state = shrink(model, half(model, images), images).state_dict()
    with pytest.raises(ShrinkError, match="before shrink"):
        load_shrunk(architectures.build("vgg"), state)


def test_training_goes_on_with_what_the_optimizer_remembers():
    model, images = built("densenet")
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    outputs_of_training(model, images).backward()
    optimizer.step()
    smaller = shrink(model, half(model, images), images)
    weight = dict(model.named_parameters())["2.conv.weight"]
    remembered = optimizer.state[weight]["exp_avg"]
    transplant_optimizer(optimizer, model, smaller)
    kept = smaller.get_parameter("2.conv.weight")
    found = optimizer.state[kept]["exp_avg"]
    assert found.shape == kept.shape
    # Where the weights came from, there the momentum comes from.
    source = (weight[:, :, None, 1, 1] == kept[0, 0, 1, 1]).nonzero()
    assert len(source) == 1
    assert torch.equal(found[0, 0], remembered[tuple(source[0][:2])])
    assert weight not in optimizer.state
    before = kept.detach().clone()
    optimizer.zero_grad()
    outputs_of_training(smaller, images).backward()
    optimizer.step()
    assert not torch.equal(kept, before)


def outputs_of_training(model, images):
    return model.train()(images).square().sum()


def test_an_optimizer_of_another_model_is_refused():
    model, images = built("vgg")
    smaller = shrink(model, half(model, images), images)
    other = torch.optim.SGD(architectures.build("vgg").parameters(), lr=0.1)
    with pytest.raises(ShrinkError, match="none of"):
        transplant_optimizer(other, model, smaller)


class Counting(nn.Module):
    """Its code counts on the number of channels."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 8, 3), nn.Linear(8, 2)

    def forward(self, x):
        return self.head(self.conv(x).reshape(len(x), 8, -1).mean(-1))


def test_code_that_counts_on_channels_is_named():
    model, images = Counting().eval(), torch.randn(2, 3, 8, 8)
    plan = Plan("channel", "by hand", Budget("macs", 0.5), [Cut("conv", 8, 4, 0.5)])
    with pytest.raises(ShrinkError, match="fewer channels"):
        shrink(model, plan, images)


@pytest.mark.parametrize(
    ("edit", "name", "size", "words"),
    [
        ("unstructured", "0", 8, "removes no channels"),
        ("channel", "nowhere", 8, "not one group"),
        ("channel", "0", 9, "of 9 channels"),
    ],
)
def test_plans_that_do_not_fit_are_refused(edit, name, size, words):
    model, images = built("vgg")
    plan = Plan(edit, "by hand", Budget("macs", 0.5), [Cut(name, size, 4, 0.5)])
    with pytest.raises(PlanError, match=words):
        shrink(model, plan, images)
