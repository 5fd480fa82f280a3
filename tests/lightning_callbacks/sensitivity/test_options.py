import pytest
import torch
from torch import nn

from lightning_callbacks.editing import plan_jointly
from lightning_callbacks.sensitivity import estimate_sensitivity, scan_sensitivity
from tb_explain.planning import Budget

MODEL, X = nn.Linear(4, 2), torch.randn(3, 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: scan_sensitivity(MODEL, X, metrics=3), r"scan_sensitivity.*metrics.*'metric'"),
        (lambda: estimate_sensitivity(MODEL, X, chunks=3), r"estimate_sens.*chunks.*'chunk'"),
        (
            lambda: plan_jointly(MODEL, X, None, Budget("parameters", 0.5), constraint=1),
            r"plan_jointly.*constraint\..*'constraints'",
        ),
    ],
)
def test_misspelt_options_are_named_with_those_that_are_known(call, words):
    with pytest.raises(TypeError, match=words):
        call()
