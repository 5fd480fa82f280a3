"""Every block of code in the documents runs, in the order in which a reader meets them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import captum.attr
import pytest
import pytorch_lightning as pl
import torch
import transformers
from pytorch_lightning.cli import LightningCLI
from torch import nn

from lightning_callbacks import ActivationMonitor, GradCAMMonitor
from tests import toys
from tests.docs.pages import PAGES, ROOT, Block, blocks
from tests.lightning_callbacks.test_hugging_face import Texts, tiny_bert

pytestmark = [
    pytest.mark.slow,
    # What Lightning and transformers say to readers whose data are as small as these.
    pytest.mark.filterwarnings("ignore"),
]
WITH_CODE = [page for page in PAGES if blocks(page)]
PROJECT = """
from tests.docs.test_code_blocks import Classifier, Data
"""
# Set-up commands, which continuous integration runs on a fresh machine, and servers.
NOT_RUN_HERE = ("python3 -m venv", ".venv/bin/", "tensorboard ")


class Classifier(toys.Classifier):
    """A reader's own module."""

    def __init__(self) -> None:
        super().__init__()
        self.save_hyperparameters()


class Data(pl.LightningDataModule):
    """A reader's own data."""

    def train_dataloader(self) -> Any:
        return toys.loaders()[0]

    def val_dataloader(self) -> Any:
        return toys.loaders()[1]


@pytest.fixture
def at_hand(tmp_path, monkeypatch) -> dict[str, Any]:
    """What a reader has at hand, in a folder with a run and its checkpoints."""
    (tmp_path / "my_project.py").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    model, (train_loader, val_loader) = Classifier(), toys.loaders()
    trainer = toys.trainer(
        tmp_path, GradCAMMonitor(), ActivationMonitor(), enable_checkpointing=True
    )
    trainer.fit(model, train_loader, val_loader)
    net = toys.conv_net()
    batches = [(toys.images(8), torch.arange(8) % toys.CLASSES)]
    return {
        "torch": torch,
        "nn": nn,
        "Trainer": _quiet(tmp_path),
        "transformers": transformers,
        "model": model,
        "train_loader": train_loader,
        "val_loader": val_loader,
        "my_dataset": toys.dataset(),
        "net": net,
        "images": toys.images(4),
        "batches": batches,
        "batch": batches[0],
        "texts": Texts(),
        "tokenizer": SimpleNamespace(convert_ids_to_tokens=str),
        "PURPOSES": ["car", "house"],
        "my_captum_instance": captum.attr.Saliency(net),
        "bert": tiny_bert(),
        "encoded": Texts(),
        "arguments": transformers.TrainingArguments(
            "out", num_train_epochs=1, report_to="none", disable_tqdm=True, use_cpu=True
        ),
    }


def _quiet(root: Path) -> Any:
    """Returns Lightning's Trainer, that says nothing."""
    return lambda **options: pl.Trainer(
        enable_progress_bar=False,
        enable_model_summary=False,
        accelerator="cpu",
        default_root_dir=root,
        **options,
    )


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda page: str(page.relative_to(ROOT)))
def test_blocks_of_a_page_run_one_after_the_other(page, at_hand):
    for block in blocks(page):
        RUN[block.language](block, at_hand)


def run_python(block: Block, names: dict[str, Any]) -> None:
    # As many lines before it as in the page, so that an error names the page's own line.
    source = "\n" * (block.line - 1) + block.code
    trainer = names["Trainer"]
    exec(compile(source, str(block.page), "exec"), names)
    names["Trainer"] = trainer  # blocks import Lightning's own, which would draw its bar


def run_shell(block: Block, _names: dict[str, Any]) -> None:
    for line in block.code.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith(NOT_RUN_HERE):
            words = shlex.split(line, comments=True)
            if words[0] == "tb-explain":
                words[:1] = [sys.executable, "-m", "tb_explain"]
            elif words[0] == "python":
                words[0] = sys.executable
            environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{Path.cwd()}"}
            done = subprocess.run(
                words, env=environment, capture_output=True, text=True, check=False, timeout=120
            )
            assert done.returncode == 0, f"{block.name}: {line}\n{done.stdout}{done.stderr}"


def run_yaml(block: Block, _names: dict[str, Any]) -> None:
    path = Path("config.yaml")
    path.write_text(block.code)
    cli = LightningCLI(
        Classifier, Data, run=False, save_config_callback=None, args=["--config", str(path)]
    )
    cli.trainer.fit(cli.model, cli.datamodule)


def skip(_block: Block, _names: dict[str, Any]) -> None:
    """Takes what is no code."""


RUN = {"python": run_python, "sh": run_shell, "yaml": run_yaml, "": skip, "text": skip}
