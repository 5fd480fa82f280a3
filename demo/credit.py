"""Trains two credit models, one of which is not told the applicant's sex, and explains both.

Usage: python -m demo.credit [LOGDIR]
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from demo import command_line
from lightning_callbacks import (
    AttributionMonitor,
    ExplanationQualityMonitor,
    Feature,
    GlobalAttributionMonitor,
    GradientMonitor,
    OutputMonitor,
    Probe,
    SurrogateMonitor,
)

DATA = Path(__file__).parent / "data" / "german_credit.csv"
CLASS_NAMES = ("bad risk", "good risk")
GOOD = 1
NUMBERS = {"age": "years", "credit_amount": "DM", "duration": "months"}
KINDS = ("sex", "job", "housing", "saving_accounts", "checking_account", "purpose")
JOBS = ("unskilled, not resident", "unskilled", "skilled", "highly skilled")
# Every fifth applicant is held back.
TEST_EVERY = 5
EPOCHS = 30
WITHOUT = "without sex"


@dataclass(frozen=True)
class Credit:
    """Applicants.

    Attributes:
      numbers: float [N, 3], as in the file.
      kinds: int64 [N, 6], indices into `categories`.
      labels: int64 [N], 1 for a good risk.
      categories: of each kind.
    """

    numbers: Tensor
    kinds: Tensor
    labels: Tensor
    categories: dict[str, list[str]]

    @property
    def is_test(self) -> Tensor:
        """Bool [N]."""
        return torch.arange(len(self.labels)) % TEST_EVERY == 0

    def features(self) -> list[Feature]:
        """Returns the columns by name, with what was done to the numbers."""
        mean, std = self.scale()
        numbers = [
            Feature(
                name.replace("_", " "), column, unit=unit,
                mean=float(mean[column]), std=float(std[column]),
            )
            for column, (name, unit) in enumerate(NUMBERS.items())
        ]  # fmt: skip
        kinds = [
            Feature(name.replace("_", " "), column, categories=self.categories[name], input="kinds")
            for column, name in enumerate(KINDS)
        ]
        return [*numbers, *kinds]

    def scale(self) -> tuple[Tensor, Tensor]:
        """Returns mean and standard deviation of the training part's numbers."""
        training = self.numbers[~self.is_test]
        return training.mean(dim=0), training.std(dim=0)

    def batch(self, chosen: Tensor, *, without_sex: bool = False) -> dict[str, Tensor]:
        """Returns what the model takes of the chosen applicants, bool or int64 [n]."""
        mean, std = self.scale()
        kinds = self.kinds[chosen].clone()
        if without_sex:
            kinds[:, KINDS.index("sex")] = 0
        numbers = (self.numbers[chosen] - mean) / std
        return {"numbers": numbers, "kinds": kinds, "label": self.labels[chosen]}


def load() -> Credit:
    """Returns 1,000 applicants."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    categories = {kind: sorted({row[kind] for row in rows}) for kind in KINDS}
    kinds = [[categories[kind].index(row[kind]) for kind in KINDS] for row in rows]
    numbers = [[float(row[name]) for name in NUMBERS] for row in rows]
    labels = [int(row["risk"]) for row in rows]
    named = {**categories, "job": list(JOBS)}
    return Credit(torch.tensor(numbers), torch.tensor(kinds), torch.tensor(labels), named)


class Applicants(Dataset[dict[str, Tensor]]):
    """A batch as a data set of its rows."""

    def __init__(self, batch: dict[str, Tensor]) -> None:
        self.batch = batch
        self.class_names = CLASS_NAMES

    def __len__(self) -> int:
        return len(self.batch["label"])

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        return {name: values[index] for name, values in self.batch.items()}


class CreditModel(pl.LightningModule):
    """Numbers beside embedded categories, two hidden layers.

    Args:
      sizes: how many values each category has.
      total_steps: of the training.
    """

    def __init__(self, sizes: list[int], total_steps: int) -> None:
        super().__init__()
        self.total_steps = total_steps
        self.embeddings = nn.ModuleList(nn.Embedding(size, 3) for size in sizes)
        width = len(NUMBERS) + 3 * len(sizes)
        self.body = nn.Sequential(
            nn.Linear(width, 32), nn.GELU(), nn.Dropout(0.2), nn.Linear(32, 16), nn.GELU()
        )
        self.head = nn.Linear(16, len(CLASS_NAMES))

    def forward(self, numbers: Tensor, kinds: Tensor) -> Tensor:
        """Returns logits [N, 2]."""
        embedded = [embed(kinds[:, i]) for i, embed in enumerate(self.embeddings)]
        return self.head(self.body(torch.cat([numbers, *embedded], dim=1)))

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        """Returns the cross-entropy."""
        loss = nn.functional.cross_entropy(self(batch["numbers"], batch["kinds"]), batch["label"])
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: dict[str, Tensor], batch_idx: int) -> dict[str, Tensor]:
        """Logs loss and accuracy."""
        logits = self(batch["numbers"], batch["kinds"])
        self.log("val_loss", nn.functional.cross_entropy(logits, batch["label"]))
        accuracy = (logits.argmax(1) == batch["label"]).float().mean()
        self.log("val_accuracy", accuracy, prog_bar=True)
        return {"logits": logits}

    def configure_optimizers(self) -> Any:
        """Returns AdamW with a one-cycle schedule."""
        optimizer = torch.optim.AdamW(self.parameters(), weight_decay=3e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=5e-3, total_steps=self.total_steps
        )
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def monitors(data: Credit, test: dict[str, Tensor]) -> list[Any]:
    """Returns what the demo records of a run whose test part is `test`."""
    inputs: dict[str, Any] = {
        "input_key": "numbers", "features": data.features(), "class_names": CLASS_NAMES,
    }  # fmt: skip
    few = Probe(Applicants(test), samples=16, **inputs)
    many = Probe(test, **inputs)
    methods = ["deeplift", "integrated_gradients", "exact_shapley", "lime", "saliency"]
    return [
        AttributionMonitor(methods, targets=GOOD, probe=few),
        GlobalAttributionMonitor(["deeplift", "exact_shapley"], targets=GOOD, probe=many),
        ExplanationQualityMonitor(methods[:4], target=GOOD, probe=few, every_n_epochs=5),
        SurrogateMonitor(probe=many),
        GradientMonitor(),
        OutputMonitor(class_names=CLASS_NAMES),
    ]


def train(
    root: Path, name: str, data: Credit, *, epochs: int, progress: bool = True
) -> tuple[CreditModel, float]:
    """Trains the run `name` below `root`; returns the model and its accuracy on the test part."""
    pl.seed_everything(3, verbose=False)
    training, test = (
        data.batch(part, without_sex=name == WITHOUT) for part in (~data.is_test, data.is_test)
    )
    loader = DataLoader(Applicants(training), 50, shuffle=True)
    sizes = [len(data.categories[kind]) for kind in KINDS]
    model = CreditModel(sizes, total_steps=epochs * len(loader))
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=monitors(data, test),
        logger=pl.loggers.TensorBoardLogger(root, name=name),
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=progress,
        log_every_n_steps=10,
    )
    trainer.fit(model, loader, DataLoader(Applicants(test), 200))
    return model, float(trainer.callback_metrics["val_accuracy"])


def main() -> None:
    """Trains both runs, and says what to open."""
    options = command_line.options("demo.credit", __doc__, epochs=EPOCHS)
    data = load()
    for name in ("all columns", WITHOUT):
        print(f"\nTraining the run '{name}':", flush=True)
        _, accuracy = train(options.logdir, name, data, epochs=options.epochs)
        print(f"{accuracy:.1%} of the test applicants are judged as the bank did.")
    command_line.say_done(options.logdir)


if __name__ == "__main__":
    main()
