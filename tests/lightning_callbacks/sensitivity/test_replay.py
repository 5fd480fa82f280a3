import pytest
import torch
from torch import nn

from lightning_callbacks.sensitivity.interception import intercepted
from lightning_callbacks.sensitivity.replay import DivergedError, Replay, Route, route
from lightning_callbacks.sensitivity.trace import trace
from tests.lightning_callbacks.sensitivity.networks import build


class Counting(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner, self.runs = inner, 0

    def forward(self, x):
        self.runs += 1
        return self.inner(x)


@pytest.fixture(autouse=True)
def no_grad():
    with torch.no_grad():
        yield


def recorded(model, x, edited):
    """Returns a replay for an edit of the parameters of `edited`, its route, and the outputs."""

    def forward():
        return model(x.clone())

    def routes(traced):
        return [route(traced, edited.parameters(), [edited])]

    replay = Replay(model, forward, trace(model, forward), routes)
    dense, (way,) = replay.record()
    return replay, way, dense


def test_what_ended_before_the_edit_is_not_run_again():
    model = nn.Sequential(*(Counting(nn.Linear(3, 3)) for _ in range(4)))
    replay, way, dense = recorded(model, torch.randn(2, 3), model[2].inner)
    for part in model:
        part.runs = 0
    assert torch.equal(replay.run(way), dense)
    assert [part.runs for part in model] == [0, 0, 1, 1]
    # The outer call stands for those inside of it.
    assert len(way.skipped) == 2


def test_a_weight_is_used_where_an_operation_first_reads_it():
    model, x = build("tied weights")
    traced = trace(model, lambda: model(x))
    # `late` is called last but one, and read by a function behind the call of `first`.
    way = route(traced, [model.late.weight], [model.late])
    assert len(way.skipped) == 2
    assert route(traced, [model.out.weight], [model.embedding, model.out]).skipped == frozenset()


def test_a_tensor_that_nothing_reads_has_nothing_skipped():
    model, x = build("branches")
    traced = trace(model, lambda: model(x))
    assert route(traced, [torch.zeros(3)], []) == Route(0, frozenset())


def test_recorded_outcomes_that_an_edit_changes_in_place_are_recorded_anew():
    class Doubling(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)

        def forward(self, x):
            x = self.first(x)
            y = self.second(x)
            if not self.second.weight.any():
                x.mul_(2)
            return x + y

    model = Doubling()
    replay, way, dense = recorded(model, torch.randn(2, 3), model.second)
    kept = model.second.weight.clone()
    model.second.weight.zero_()
    first = replay.run(way)
    model.second.weight.copy_(kept)
    assert replay.spoilt
    replay.record()
    assert torch.equal(replay.run(way), dense)
    model.second.weight.zero_()
    assert torch.equal(replay.run(way), first)
    assert not replay.spoilt


def test_another_order_of_calls_is_noticed():
    class Turning(nn.Module):
        def __init__(self):
            super().__init__()
            self.parts, self.last = (
                nn.ModuleList(nn.Linear(3, 3) for _ in range(2)),
                nn.Linear(3, 3),
            )

        def forward(self, x):
            for part in self.parts:
                x = part(x)
            return self.last(x)

    model = Turning()
    replay, way, dense = recorded(model, torch.randn(2, 3), model.last)
    model.parts = nn.ModuleList(reversed(model.parts))
    with pytest.raises(DivergedError):
        replay.run(way)
    assert not torch.equal(replay.run(Route(way.first)), dense)


def test_forwards_are_their_own_again_after_an_exception():
    model, x = build("branches")
    own = model.head.forward

    def answer(module, forward, args, kwargs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), intercepted(model, answer):
        model(x)
    assert not any("forward" in module.__dict__ for module in model.modules())
    assert model.head.forward == own
