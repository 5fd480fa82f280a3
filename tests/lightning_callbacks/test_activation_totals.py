"""What processes saw of their parts of a batch adds up to what one sees of the whole."""

import numpy as np
import torch
from torch import nn

from lightning_callbacks.activation_totals import Seen, seen_of, together
from lightning_callbacks.watching import watching

EXACT = ("mean", "std", "min", "max", "zeros", "nonfinite", "silent")


def seen(net: nn.Module, inputs: torch.Tensor) -> Seen:
    with torch.no_grad(), watching(net, dict(net.named_children())) as watch:
        net(inputs)
    return seen_of(watch.outputs)


def make_net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 3))


def test_sums_extremes_and_silent_units_are_those_of_all_samples():
    net, inputs = make_net(), torch.randn(12, 5)
    whole = seen(net, inputs)
    added = together([seen(net, part) for part in inputs.split([8, 4])])
    for name in EXACT:
        np.testing.assert_allclose(added.columns()[name], whole.columns()[name], rtol=1e-5)
    # Products of fewer rows round otherwise, and may so cross the edge of a bin.
    assert (added.reduced.counts.sum(axis=1) == whole.reduced.counts.sum(axis=1)).all()
    assert [layer.size for layer in added.layers] == [layer.size for layer in whole.layers]


def test_layers_that_one_process_did_not_call_are_left_out():
    net, inputs = make_net(), torch.randn(4, 5)
    both = [seen(net, inputs), seen(net[:2], inputs)]
    assert [layer.name for layer in together(both).layers] == ["0", "1"]
