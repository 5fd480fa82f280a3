"""Modules inside of compiled code are known, however they came to be there."""

import torch
from torch import nn

from lightning_callbacks.compiled import inside_compiled


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU()), nn.Linear(2, 1))


def test_a_plain_model_has_none():
    assert not inside_compiled(net())


def test_parts_of_a_compiled_module_are_inside_and_its_wrapper_is_not():
    model = net()
    inner = model[1]
    model[1] = torch.compile(inner, backend="eager")
    assert inside_compiled(model) == {id(inner), id(inner[0])}


def test_a_module_that_compiles_itself_is_inside_with_its_parts():
    model = net()
    model[1].compile(backend="eager")
    assert inside_compiled(model) == {id(model[1]), id(model[1][0])}
