"""LightningCLI can name monitors in YAML."""

import pytest

pytest.importorskip("jsonargparse", reason="LightningCLI needs jsonargparse")

from pytorch_lightning.cli import LightningCLI

from lightning_callbacks import AttentionMonitor, GradCAMMonitor, ModelGraphMonitor
from tests import toys

CONFIG = """
seed_everything: 1
trainer:
  accelerator: cpu
  logger: false
  enable_checkpointing: false
  callbacks:
    - class_path: lightning_callbacks.GradCAMMonitor
      init_args:
        methods: [gradcam, layercam]
        layers: net.5
        targets: [label, top-2, 3]
        every_n_train_steps: 50
        max_overhead: 0.02
        probe: {samples: 4, mean: [0.5], std: [0.25], store_inputs: none}
"""


# jsonargparse warns of what Lightning itself still calls.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_yaml_names_a_monitor(tmp_path, monkeypatch):
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG)
    monkeypatch.setattr("sys.argv", ["train", "--config", str(path)])
    cli = LightningCLI(toys.Classifier, run=False, save_config_callback=None)
    (monitor,) = [c for c in cli.trainer.callbacks if isinstance(c, GradCAMMonitor)]
    assert (monitor._probe.samples, monitor._probe.store_inputs) == (4, "none")
    assert str(monitor.schedule) == "every 50 steps"
    assert monitor._targets == ["label", "top-2", 3]


MORE = """
trainer:
  logger: false
  callbacks:
    - class_path: lightning_callbacks.AttentionMonitor
      init_args:
        samples: 2
        layers: [blocks.*]
        forward: net
        target: 1
        probe: {tokenizer: {free: 0, money: 1}}
    - class_path: lightning_callbacks.ModelGraphMonitor
      init_args: {forward: net, every_n_epochs: 2}
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_yaml_names_monitors_of_attention_and_graphs(tmp_path, monkeypatch):
    path = tmp_path / "config.yaml"
    path.write_text(MORE)
    monkeypatch.setattr("sys.argv", ["train", "--config", str(path)])
    cli = LightningCLI(toys.Classifier, run=False, save_config_callback=None)
    kinds = (AttentionMonitor, ModelGraphMonitor)
    attention, graph = (c for c in cli.trainer.callbacks if isinstance(c, kinds))
    assert attention._probe.tokenizer == {"free": 0, "money": 1}
    assert (attention._layers, attention._target) == (["blocks.*"], 1)
    assert str(graph.schedule) == "every 2 epochs"
