"""The demo of gradients that vanish: alerts where they do, none where they don't."""

from pathlib import Path
from typing import Any

import pytest
import pytorch_lightning as pl
import torch

from demo import depth, fashion
from tb_explain import schema
from tests import toys

HALF = depth.DEPTH // 2


@pytest.fixture(scope="module")
def logs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("depth")


@pytest.fixture(scope="module")
def accuracies(logs) -> dict[str, float]:
    data = fashion.load()
    return {name: depth.train(logs, name, data, epochs=2, progress=False) for name in depth.RUNS}


@pytest.fixture(scope="module")
def records(logs, accuracies) -> dict[str, list[schema.Record]]:
    return {name: toys.read_records(logs / name) for name in accuracies}


def last_alerts(records: list[schema.Record], what: str) -> list[dict[str, Any]]:
    changes = [r for r in toys.of_kind(records, "alerts") if r.fields["what"] == what]
    return changes[-1].fields["active"] if changes else []


def test_both_nets_have_the_same_parameters_and_begin_alike():
    nets = []
    for name in depth.RUNS:
        pl.seed_everything(1, verbose=False)
        nets.append(dict(depth.DeepNet(normalised=name == "normalised").named_parameters()))
    plain, normalised = nets
    assert list(plain) == list(normalised)
    assert all(torch.equal(plain[name], normalised[name]) for name in plain)


@pytest.mark.slow
def test_only_the_normalised_net_learns(accuracies):
    assert accuracies["plain"] < 0.2
    assert accuracies["normalised"] > 0.7


@pytest.mark.slow
def test_the_plain_net_s_first_layers_vanish_from_the_first_step_on(records):
    alerts = last_alerts(records["plain"], "gradients")
    assert {(alert["rule"], alert["since"]) for alert in alerts} == {("vanishing", 1)}
    layers = [alert["layer"] for alert in alerts]
    assert layers == [f"blocks.{n}.linear.weight" for n in range(len(layers))]
    assert HALF < len(layers) < depth.DEPTH - 2


@pytest.mark.slow
def test_the_plain_net_s_last_layers_say_the_same_of_all_samples(records):
    alerts = last_alerts(records["plain"], "activations")
    assert {alert["rule"] for alert in alerts} == {"constant"}
    blocks = {int(alert["layer"].split(".")[1]) for alert in alerts if alert["layer"] != "head"}
    assert max(blocks) == depth.DEPTH - 1
    assert min(blocks) > 3


@pytest.mark.slow
def test_the_normalised_net_raises_no_alert(records):
    assert toys.of_kind(records["normalised"], "alerts") == []


@pytest.mark.slow
@pytest.mark.parametrize("name", depth.RUNS)
def test_nothing_failed_in_any_record(records, name):
    assert [record.tag for record in records[name] if record.fields.get("gap")] == []
