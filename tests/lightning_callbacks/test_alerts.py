"""Planted troubles raise the right alert at the right step; a healthy training raises none."""

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping
from torch import nn

from demo import __main__ as demo
from demo import fashion
from lightning_callbacks import (
    ActivationMonitor,
    AlertLimits,
    GradientMonitor,
    MonitorWarning,
    WeightMonitor,
)
from lightning_callbacks.alerts import Alerts
from tests import toys

EVERY = {"every_n_train_steps": 1, "strict": True, "max_overhead": None}


class Net(toys.Classifier):
    def __init__(self, net=None, lr=0.05):
        super().__init__(net)
        self.lr = lr

    def training_step(self, batch, batch_idx):
        return nn.functional.cross_entropy(self(batch[0]), batch[1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


def fit(root, module, *callbacks, epochs=2, **options):
    pl.seed_everything(11, verbose=False)
    trainer = toys.trainer(root, *callbacks, max_epochs=epochs, **options)
    trainer.fit(module, *toys.loaders())
    return toys.of_kind(toys.read_records(root), "alerts")


def raised(alerts, rule):
    """Returns {layer: step} of the first alert of `rule` for each layer."""
    found = {}
    for record in alerts:
        for alert in record.fields["raised"]:
            if alert["rule"] == rule:
                found.setdefault(alert["layer"], record.step)
    return found


def deep(normalised):
    torch.manual_seed(11)
    layers = [nn.Flatten(), nn.Linear(144, 16), nn.Sigmoid()]
    for _ in range(29):
        layers += [nn.Linear(16, 16), *([nn.BatchNorm1d(16)] if normalised else []), nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Linear(16, toys.CLASSES))


def test_thirty_sigmoids_vanish_at_the_third_record(tmp_path):
    alerts = fit(tmp_path, Net(deep(normalised=False)), GradientMonitor(**EVERY))
    found = raised(alerts, "vanishing")
    first_layers = [f"net.{1 + 2 * n}.weight" for n in range(8)]
    assert [found[name] for name in first_layers] == [3] * 8
    assert not any(name.startswith("net.6") for name in found)
    assert all(entry["since"] == 1 for entry in alerts[0].fields["active"])
    assert "of the largest layer's" in alerts[0].fields["raised"][0]["message"]


def test_a_learning_rate_a_thousand_times_too_high_explodes_at_once(tmp_path):
    class Jump(pl.Callback):
        def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
            if trainer.global_step == 5:
                trainer.optimizers[0].param_groups[0]["lr"] *= 1000

    alerts = fit(
        tmp_path, Net(), Jump(), GradientMonitor(**EVERY), WeightMonitor(**EVERY), epochs=3
    )
    updates = raised([a for a in alerts if a.monitor == "weights"], "exploding")
    gradients = raised([a for a in alerts if a.monitor == "gradients"], "exploding")
    assert set(updates.values()) == {6}  # the first step at that rate
    assert min(gradients.values()) == 7  # the first gradient after it


class NotANumber(Net):
    def training_step(self, batch, batch_idx):
        loss = super().training_step(batch, batch_idx)
        return loss * float("nan") if self.trainer.global_step == 4 else loss


def test_nan_gradients_alert_at_their_step(tmp_path):
    alerts = fit(tmp_path, NotANumber(), GradientMonitor(**EVERY))
    assert set(raised(alerts, "non_finite").values()) == {5}


def test_training_stops_on_the_alert_it_was_asked_to_stop_on(tmp_path):
    monitor = GradientMonitor(stop_on="non_finite", **EVERY)
    with pytest.warns(MonitorWarning, match="gradients stops the training: net.0.weight: 54 of"):
        fit(tmp_path, NotANumber(), monitor, epochs=9)
    steps = [r.step for r in toys.of_kind(toys.read_records(tmp_path), "layer_statistics")]
    assert steps[:5] == [1, 2, 3, 4, 5]
    assert len(steps) <= 8  # Lightning ends the epoch's validation first, at most


def test_early_stopping_can_act_on_an_alert(tmp_path):
    monitor = GradientMonitor(log_alerts=True, **EVERY)
    stop = EarlyStopping("gradients/non_finite", stopping_threshold=None, divergence_threshold=0.5)
    fit(tmp_path, NotANumber(), monitor, stop, epochs=9)
    assert stop.stopped_epoch == 1


def test_activations_that_are_constant_or_saturated_alert(tmp_path):
    net = nn.Sequential(nn.Flatten(), nn.Linear(144, 8), nn.Tanh(), nn.Linear(8, toys.CLASSES))
    with torch.no_grad():
        net[1].weight.zero_()
        net[1].bias.fill_(50.0)
    alerts = fit(tmp_path, Net(net, lr=0.0), ActivationMonitor(strict=True), epochs=3)
    assert raised(alerts, "saturated") == {"net.2": 8}  # untrained, epochs 0 and 1
    assert raised(alerts, "constant") == {"net.2": 8, "net.3": 8}


def test_a_layer_of_dead_units_alerts(tmp_path):
    net = toys.conv_net()
    with torch.no_grad():
        net[4].bias.fill_(-1e4)
    alerts = fit(tmp_path, Net(net, lr=0.0), ActivationMonitor(strict=True), epochs=3)
    assert raised(alerts, "dead") == {"net.5": 8}


def test_a_healthy_training_raises_none(tmp_path):
    monitors = [GradientMonitor(**EVERY), WeightMonitor(**EVERY), ActivationMonitor(strict=True)]
    assert fit(tmp_path, Net(), *monitors, epochs=8) == []


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*`lr_scheduler.step\\(\\)`:UserWarning")
def test_the_demos_training_raises_none(tmp_path):
    data = fashion.load()
    monitors = [
        GradientMonitor(every_n_train_steps=5, strict=True),
        WeightMonitor(every_n_train_steps=5, strict=True),
        ActivationMonitor(probe=demo.probe(data), every_n_train_steps=20, strict=True),
    ]
    fashion.train(tmp_path, "clean", data, epochs=2, callbacks=monitors, progress=False)
    assert not toys.of_kind(toys.read_records(tmp_path), "alerts")


def gradients(*norms):
    columns = {"norm": np.array(norms), "nonfinite": np.zeros(len(norms))}
    return {**columns, "is_matrix": np.ones(len(norms), bool)}


def test_an_alert_stays_until_its_value_is_well_again():
    alerts = Alerts("gradients", AlertLimits(vanishing=1e-3, records=2))
    layers = ["a", "b", "c"]

    def changes(norm):
        changes.step += 1
        part = alerts.update(changes.step, layers, gradients(norm, 1.0, 1.0))
        if part is None:
            return None
        return "raised" if part.fields["raised"] else "cleared"

    changes.step = 0
    small, between, well = 1e-4, 2e-3, 1.0
    assert [changes(norm) for norm in (small, well, small, small)] == [None, None, None, "raised"]
    assert [changes(norm) for norm in (between, between, between)] == [None] * 3
    assert [changes(norm) for norm in (well, small, well, well)] == [None, None, None, "cleared"]
    assert alerts.active == {"vanishing": 0, "exploding": 0, "non_finite": 0}


def test_layers_vanish_even_if_most_do():
    alerts = Alerts("gradients", AlertLimits(records=1))
    layers = ["a", "b", "c", "d", "e"]
    part = alerts.update(1, layers, gradients(1e-8, 2e-8, 1e-8, 1e-4, 1.0))
    assert [raised["layer"] for raised in part.fields["raised"]] == ["a", "b", "c"]
    assert (
        part.fields["raised"][1]["message"] == "its gradient norm is 2e-08 of the largest layer's"
    )
    assert part.fields["raised"][1]["limit"] == pytest.approx(1e-6)


def test_a_single_large_gradient_makes_no_others_vanish():
    alerts = Alerts("gradients", AlertLimits(records=1))
    assert alerts.update(1, ["a", "b", "c"], gradients(1e-2, 2e-2, 5e3)) is None


def test_single_infinities_of_a_search_for_a_loss_scale_do_not_alert():
    alerts = Alerts("gradients", AlertLimits())
    columns = {**gradients(1.0, 1.0), "nonfinite": np.array([3.0, 0.0])}
    assert alerts.update(1, ["a", "b"], columns, may_overflow=True) is None
    assert alerts.update(2, ["a", "b"], gradients(1.0, 1.0), may_overflow=True) is None
    assert alerts.update(3, ["a", "b"], columns) is not None


def test_alerts_go_on_where_a_checkpoint_was_taken():
    first = Alerts("gradients", AlertLimits(records=2))
    first.update(1, ["a", "b", "c"], gradients(1e-9, 1.0, 1.0))
    second = Alerts("gradients", AlertLimits(records=2))
    second.load_state_dict(first.state_dict())
    part = second.update(2, ["a", "b", "c"], gradients(1e-9, 1.0, 1.0))
    assert part.fields["active"] == [{"rule": "vanishing", "layer": "a", "since": 1}]


def test_an_alert_that_there_is_none_of_is_named():
    with pytest.raises(ValueError, match=r"'dead' is no alert of gradients.*'vanishing'"):
        GradientMonitor(stop_on="dead")
