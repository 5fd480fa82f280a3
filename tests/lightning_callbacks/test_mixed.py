"""Tables whose numbers and kinds come in two tensors, as `explain()` meets them."""

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset, TensorDataset

from lightning_callbacks import explain
from tests import own_modules, toys
from tests.lightning_callbacks.test_explaining import chosen_in, facts_of, fit

N = 48
NUMBERS, KINDS, Y = torch.randn(N, 4), torch.randint(0, 5, (N, 2)), torch.arange(N) % 3


class Net(own_modules.Own):
    """Numbers, and one embedding per column of kinds."""

    def __init__(self, order, outputs=3):
        super().__init__()
        self.order = order
        self.kinds = nn.ModuleList([nn.Embedding(5, 3), nn.Embedding(5, 3)])
        self.net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, outputs))

    def forward(self, first, second):
        numbers, kinds = (first, second) if self.order == "numbers first" else (second, first)
        columns = [each(kinds[:, n]) for n, each in enumerate(self.kinds)]
        return self.net(torch.cat([numbers, *columns], dim=1))

    def loss(self, batch):
        outputs, y = self(batch[0], batch[1]), batch[2]
        if y.is_floating_point():
            return nn.functional.mse_loss(outputs[:, 0], y)
        return nn.functional.cross_entropy(outputs, y)


class Reversed(Net):
    """Called otherwise than its batches are ordered."""

    def loss(self, batch):
        return nn.functional.cross_entropy(self(batch[1], batch[0]), batch[2])


def recorded(root):
    (probe,) = toys.of_kind(toys.read_records(root), "probe")[:1]
    (attribution, *_) = toys.of_kind(toys.read_records(root), "attribution")
    return probe.fields, attribution


@pytest.mark.parametrize(
    ("module", "data", "called"),
    [
        (Net("numbers first"), (NUMBERS, KINDS, Y), "model(batch[0], batch[1])"),
        (Net("kinds first"), (KINDS, NUMBERS, Y), "model(batch[0], batch[1])"),
        (Reversed("numbers first"), (KINDS, NUMBERS, Y), "model(batch[1], batch[0])"),
        (Net("numbers first", 1), (NUMBERS, KINDS, NUMBERS[:, 0]), "model(batch[0], batch[1])"),
    ],
    ids=["numbers first", "kinds first", "reversed", "regression"],
)
def test_numbers_and_kinds_of_a_tuple_are_one_table(module, data, called, tmp_path):
    fit(tmp_path, module, TensorDataset(*data), explain(strict=True))
    probe, _ = recorded(tmp_path)
    assert probe["modality"] == "tabular"
    assert [one["name"] for one in probe["features"]] == [f"column {n}" for n in range(6)]
    facts = facts_of(tmp_path)
    assert facts["inputs"] == "tabular, 4 numbers and 2 kinds; 16 samples are explained"
    assert facts["called as"] == called
    assert {"OutputMonitor", "AttributionMonitor"} <= set(chosen_in(tmp_path))


class Rows(Dataset):
    feature_names = ("a", "b", "c", "d")

    def __len__(self):
        return N

    def __getitem__(self, index):
        return {"numbers": NUMBERS[index], "kinds": KINDS[index], "grade": Y[index]}


class ByName(Net):
    def forward(self, numbers, kinds):
        return super().forward(numbers, kinds)

    def loss(self, batch):
        outputs = self(batch["numbers"], batch["kinds"])
        return nn.functional.cross_entropy(outputs, batch["grade"])


def test_numbers_and_kinds_of_a_dict_are_one_table(tmp_path):
    fit(tmp_path, ByName("numbers first"), Rows(), explain(strict=True))
    names = [one["name"] for one in recorded(tmp_path)[0]["features"]]
    assert names == ["a", "b", "c", "d", "column 4", "column 5"]
    assert facts_of(tmp_path)["called as"] == "model(numbers, kinds)"


class OneHot(Net):
    def forward(self, first, second):
        ones = nn.functional.one_hot(second, 5).flatten(1)[:, :6]
        return self.net(torch.cat([first, ones.float()], dim=1))


def test_kinds_that_are_not_embedded_are_passed_on(tmp_path):
    fit(tmp_path, OneHot(None), TensorDataset(NUMBERS, KINDS, Y), explain(strict=True))
    assert len(recorded(tmp_path)[0]["features"]) == 4
    assert facts_of(tmp_path)["kinds"] == "batch[1]: passed on as they are, not explained"


class Text(own_modules.Own):
    """Token ids, beside numbers of each text."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(5, 6)
        self.net = nn.Linear(10, 3)

    def forward(self, ids, numbers):
        return self.net(torch.cat([self.words(ids).mean(dim=1), numbers], dim=1))

    def loss(self, batch):
        return nn.functional.cross_entropy(self(batch[0], batch[1]), batch[2])


def test_what_is_embedded_as_a_whole_stays_text(tmp_path):
    ids = torch.randint(0, 5, (N, 7))
    fit(tmp_path, Text(), TensorDataset(ids, NUMBERS, Y), explain(strict=True))
    assert recorded(tmp_path)[0]["modality"] == "text"


def test_names_of_another_number_of_columns_are_refused(tmp_path):
    callback = explain(feature_names=["a"], strict=True)
    with pytest.raises(ValueError, match="4 columns of numbers and 2 of kinds"):
        fit(tmp_path, Net("numbers first"), TensorDataset(NUMBERS, KINDS, Y), callback)
