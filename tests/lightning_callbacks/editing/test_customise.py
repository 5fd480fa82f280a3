"""Parts are exchanged by class, name and pattern; what that changed is said."""

import math

import pytest
import torch
from torch import nn

from lightning_callbacks.editing.customise import customise


def net() -> nn.Sequential:
    torch.manual_seed(0)
    shared = nn.ReLU()
    return nn.Sequential(
        nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), shared),
        nn.Sequential(nn.Linear(6, 6), shared),
        nn.Linear(6, 3),
    ).eval()


def test_a_class_is_exchanged_everywhere_and_a_shared_module_stays_shared():
    model = net()
    done = customise(model, replace={nn.ReLU: lambda old: nn.GELU()}, batch=torch.randn(8, 4))
    assert done.replaced == {"0.2": ("ReLU", "GELU"), "1.1": ("ReLU", "GELU")}
    assert model[0][2] is model[1][1]
    assert not model[0][2].training
    assert 0 < done.output_change < 1
    assert done.parameters_before == done.parameters_after


def test_a_pattern_is_given_the_old_module():
    model = net()
    customise(model, replace={"*.1": lambda old: nn.Identity()})
    assert [type(model[i][1]) for i in (0, 1)] == [nn.Identity, nn.Identity]
    model = net()
    customise(model, replace={nn.BatchNorm1d: lambda old: nn.LayerNorm(old.num_features)})
    assert model[0][1].normalized_shape == (6,)


def test_an_identical_part_changes_no_output():
    model = net()
    done = customise(model, replace={nn.ReLU: lambda old: nn.ReLU()}, batch=torch.randn(8, 4))
    assert done.output_change == 0


def test_a_new_head_has_as_many_classes_as_asked():
    model = net()
    done = customise(model, head=5, batch=torch.randn(8, 4))
    assert model(torch.randn(2, 4)).shape == (2, 5)
    assert done.parameters_after - done.parameters_before == 2 * 7
    assert math.isnan(done.output_change)


def test_what_is_frozen_is_named_and_counted():
    model = net()
    done = customise(model, freeze=["0", "1.*.bias"])
    assert done.frozen == ["0.0.bias", "0.0.weight", "0.1.bias", "0.1.weight", "1.0.bias"]
    assert done.trainable_after == 6 * 6 + 6 * 3 + 3
    assert not model[0][0].weight.requires_grad


def test_dtype_and_train_flag_are_taken_over():
    model = net().double().train()
    customise(model, replace={"2": lambda old: nn.Linear(6, 3)})
    assert model[2].weight.dtype == torch.float64
    assert model[2].training


def test_measuring_leaves_batchnorm_and_random_numbers_alone():
    model = net().train()
    mean, state = model[0][1].running_mean.clone(), torch.random.get_rng_state()
    customise(model, freeze="2", batch=torch.randn(8, 4, generator=torch.Generator()))
    assert torch.equal(model[0][1].running_mean, mean)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replace": {"conv*": lambda old: old}}, "'conv\\*' matches no module of Sequential: 0, "),
        ({"replace": {nn.Conv2d: lambda old: old}}, "Conv2d.* matches no module"),
        ({"freeze": "encoder"}, "'encoder' matches no parameter: 0.0.weight"),
        ({"head": 3}, "has no linear layer"),
    ],
)
def test_what_matches_nothing_is_said(arguments, message):
    model = nn.Sequential(nn.Conv2d(1, 1, 1)) if "head" in arguments else net()
    with pytest.raises(ValueError, match=message):
        customise(model, **arguments)


def test_a_factory_must_return_a_module():
    with pytest.raises(TypeError, match=r"the factory for 0\.2 returned None; expected a module"):
        customise(net(), replace={nn.ReLU: lambda old: None})


def gelu(_old: nn.Module) -> nn.Module:
    return nn.GELU()


@pytest.mark.parametrize(
    "arguments",
    [
        {"replace": {nn.ReLU: gelu, "nope*": gelu}},
        {"replace": {nn.ReLU: gelu, "2": lambda old: None}},
        {"replace": {nn.ReLU: gelu, nn.Linear: gelu}, "head": 3},
        {"replace": {nn.ReLU: gelu}, "freeze": ["0", "nope*"]},
        {"replace": {"2": lambda old: nn.Linear(7, 3)}, "batch": torch.zeros(2, 4)},
    ],
)
def test_all_is_changed_or_nothing(arguments):
    model = net()
    before = list(model.named_modules(remove_duplicate=False))
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        customise(model, **arguments)
    assert list(model.named_modules(remove_duplicate=False)) == before
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("head", [0, -1, True, 2.5])
def test_a_head_has_classes(head):
    with pytest.raises(ValueError, match=f"1 or more, or a module, not {head}"):
        customise(net(), head=head)
