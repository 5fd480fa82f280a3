import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torchmetrics.functional.classification import multiclass_calibration_error

from lightning_callbacks import MonitorWarning, OutputMonitor, regression_totals
from lightning_callbacks.output_totals import ClassificationTotals
from lightning_callbacks.regression_totals import RegressionTotals
from tests import toys


def fit(root, module, data=None, monitor=None, **options):
    loader = DataLoader(data or toys.dataset(30), 8)
    monitor = monitor or OutputMonitor(strict=True)
    trainer = toys.trainer(root, monitor, **{"max_epochs": 1, **options})
    trainer.fit(module, loader, loader)
    return toys.of_kind(toys.read_records(root), "outputs")


def outputs_of(module, data):
    module.eval()
    with torch.no_grad():
        return module(torch.stack([sample for sample, _ in data]))


def test_a_classifiers_record_is_that_of_all_validation_outputs(tmp_path):
    module = toys.Classifier()
    (record,) = fit(tmp_path, module)
    logits = outputs_of(module, toys.dataset(30)).double()
    truths = torch.arange(30) % toys.CLASSES
    predicted = logits.argmax(1)
    confusion = np.zeros((toys.CLASSES, toys.CLASSES), int)
    np.add.at(confusion, (truths.numpy(), predicted.numpy()), 1)
    np.testing.assert_array_equal(record.arrays["confusion"], confusion)
    measures = record.fields["measures"]
    assert record.fields["samples"] == 30
    assert measures["accuracy"] == pytest.approx(float((predicted == truths).float().mean()))
    nll = float(nn.functional.cross_entropy(logits, truths))
    assert measures["nll"] == pytest.approx(nll, rel=1e-6)
    ece = multiclass_calibration_error(logits.softmax(1), truths, toys.CLASSES, n_bins=15)
    assert measures["ece"] == pytest.approx(float(ece), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_calibration_equals_an_independent_librarys(seed):
    generator = torch.Generator().manual_seed(seed)
    probabilities = (3 * torch.randn(500, 6, generator=generator)).softmax(1)
    truths = torch.randint(6, (500,), generator=generator)
    totals = ClassificationTotals(6, torch.device("cpu"))
    for part in torch.arange(500).split(64):
        totals.add(probabilities[part], truths[part])
    record = totals.part(None)
    expected = multiclass_calibration_error(probabilities, truths, 6, n_bins=15)
    assert record.fields["measures"]["ece"] == pytest.approx(float(expected), abs=1e-6)
    assert record.arrays["bin_count"].sum() == record.arrays["confidence"].sum() == 500
    right = int((probabilities.argmax(1) == truths).sum())
    assert record.arrays["confidence"][1].sum() == right


def test_a_perfectly_calibrated_model_has_no_calibration_error():
    totals = ClassificationTotals(2, torch.device("cpu"))
    truths = torch.tensor([0] * 75 + [1] * 25)
    totals.add(torch.tensor([[0.75, 0.25]]).expand(100, 2), truths)
    assert totals.part(None).fields["measures"]["ece"] == pytest.approx(0, abs=1e-9)


def test_totals_of_several_ranks_are_those_of_all_samples():
    probabilities, truths = torch.rand(20, 3).softmax(1), torch.arange(20) % 3
    whole, first, second = (ClassificationTotals(3, torch.device("cpu")) for _ in range(3))
    whole.add(probabilities, truths)
    first.add(probabilities[:7], truths[:7])
    second.add(probabilities[7:], truths[7:])
    merged, expected = first.merged([second]).part(None), whole.part(None)
    for name, value in expected.fields["measures"].items():
        assert merged.fields["measures"][name] == pytest.approx(value, rel=1e-12)
    for name, array in expected.arrays.items():
        np.testing.assert_allclose(merged.arrays[name], array, rtol=1e-6)


def test_of_many_classes_the_most_frequent_confusions_are_kept():
    totals = ClassificationTotals(100, torch.device("cpu"))
    predicted = torch.tensor([7, 7, 7, 3, 42])
    truths = torch.tensor([9, 9, 7, 5, 42])
    totals.add(nn.functional.one_hot(predicted, 100).float(), truths)
    arrays = totals.part(None).arrays
    assert "confusion" not in arrays
    assert arrays["confused"].tolist() == [[9, 7, 2], [5, 3, 1]]


@pytest.mark.parametrize("ignored", [-100, 255])
def test_labels_that_losses_ignore_are_left_out(ignored):
    totals = ClassificationTotals(2, torch.device("cpu"))
    totals.add(torch.tensor([[0.9, 0.1], [0.9, 0.1]]), torch.tensor([0, ignored]))
    assert totals.part(None).fields["samples"] == 1


def test_labels_of_other_classes_alone_are_told_of():
    totals = ClassificationTotals(2, torch.device("cpu"))
    totals.add(torch.tensor([[0.9, 0.1]]), torch.tensor([7]))
    with pytest.raises(ValueError, match="No label lies within the 2 classes"):
        totals.part(None)


def test_memory_grows_with_confusions_not_with_classes():
    totals = ClassificationTotals(1_000_000, torch.device("cpu"))
    for _ in range(3):
        totals._count(torch.tensor([9_000_000, 5, 5]), torch.tensor([1, 1, 1]))
    assert totals.pairs.tolist() == [5, 9_000_000]
    assert totals.pair_counts.tolist() == [6, 3]


def test_all_ranks_want_the_same_epochs(tmp_path, monkeypatch):
    def gathered(_trainer, value):
        return [4, value] if isinstance(value, int) else [value]

    monkeypatch.setattr("lightning_callbacks.outputs.gathered", gathered)
    monitor = OutputMonitor(strict=True)
    fit(tmp_path, toys.Classifier(), monitor=monitor)
    assert monitor.schedule.widening == 4


def test_nothing_of_a_validation_is_held_on_to(tmp_path):
    monitor = OutputMonitor(output=lambda _returned, _batch: torch.zeros(3, 2, 2))
    with pytest.warns(MonitorWarning):
        fit(tmp_path, toys.Classifier(), monitor=monitor)
    assert monitor._error is None
    assert monitor._totals is None


class Regression(toys.Classifier):
    def __init__(self):
        super().__init__(nn.Sequential(nn.Flatten(), nn.Linear(144, 1)))

    def training_step(self, batch, batch_idx):
        return nn.functional.mse_loss(self(batch[0])[:, 0], batch[1])

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", nn.functional.mse_loss(self(batch[0])[:, 0], batch[1]))


def test_a_regressions_record_holds_its_residuals(tmp_path):
    truths = torch.linspace(-3, 5, 30)
    data, module = TensorDataset(toys.images(30), truths), Regression()
    (record,) = fit(tmp_path, module, data)
    predicted = outputs_of(module, data)[:, 0].double()
    residuals = (predicted - truths).numpy()
    counts, edges = np.histogram(residuals, bins=40)
    np.testing.assert_array_equal(record.arrays["residuals"], counts)
    np.testing.assert_allclose(record.arrays["edges"], edges, rtol=1e-4, atol=1e-5)
    quantiles = np.percentile(residuals, [5, 25, 50, 75, 95])
    np.testing.assert_allclose(record.arrays["residual_quantiles"], quantiles, rtol=1e-4)
    assert record.arrays["joint"].sum() == 30
    measures = record.fields["measures"]
    assert measures["mae"] == pytest.approx(np.abs(residuals).mean(), rel=1e-5)
    assert measures["rmse"] == pytest.approx(np.sqrt((residuals**2).mean()), rel=1e-5)
    spread = ((truths.double() - truths.double().mean()) ** 2).sum()
    assert measures["r2"] == pytest.approx(1 - float((residuals**2).sum() / spread), rel=1e-4)


def far_pairs(n):
    """Returns predictions and truths far from 0, where float32 has few digits for squares."""
    generator = torch.Generator().manual_seed(1)
    truths = 3000 + 5 * torch.randn(n, generator=generator)
    return truths + torch.randn(n, generator=generator), truths


def test_measures_are_of_all_pairs_and_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(regression_totals, "_MOST_PAIRS", 1000)
    predicted, truths = far_pairs(20_000)
    ranks = [RegressionTotals(), RegressionTotals()]
    for at in range(0, 20_000, 100):
        ranks[at >= 12_000].add(predicted[at : at + 100], truths[at : at + 100])
        assert sum(pairs.shape[1] for total in ranks for pairs in total.pairs) <= 2000
    totals = pickle.loads(pickle.dumps(ranks[0])).merged(ranks[1:])
    part, kept = totals.part(None), sum(pairs.shape[1] for pairs in totals.pairs)
    assert 300 < kept <= 1000
    assert totals.note().startswith(f"histograms and quantiles of residuals are of {kept} values")
    residuals = (predicted.double() - truths.double()).numpy()
    unexplained = (residuals**2).sum() / ((truths.double() - truths.double().mean()) ** 2).sum()
    expected = [abs(residuals).mean(), np.sqrt((residuals**2).mean()), 1 - float(unexplained)]
    assert part.fields["samples"] == 20_000
    assert [*part.fields["measures"].values()] == pytest.approx(expected, rel=1e-9)
    quantiles = np.percentile(residuals, [5, 25, 50, 75, 95])
    np.testing.assert_allclose(part.arrays["residual_quantiles"], quantiles, atol=0.2)
    assert part.arrays["joint"].sum() == part.arrays["residuals"].sum() == kept


def test_few_pairs_are_all_kept():
    totals = RegressionTotals()
    totals.add(*far_pairs(500))
    assert totals.note() is None
    assert totals.part(None).arrays["residuals"].sum() == 500


def test_residuals_that_are_not_finite_are_counted_as_such():
    totals = RegressionTotals()
    totals.add(torch.tensor([1.0, float("nan")]), torch.tensor([1.0, 2.0]))
    part = totals.part(None)
    assert part.fields["measures"] == {"mae": None, "rmse": None, "r2": None}
    assert part.fields["samples"] == 2
    assert part.arrays["residuals"].sum() == 1


class OnePart(toys.Classifier):
    """Calls a part of itself, not itself."""

    def validation_step(self, batch, batch_idx):
        self.log("val_loss", nn.functional.cross_entropy(self.net(batch[0]), batch[1]))


class Returning(toys.Classifier):
    """Returns its logits, and calls nothing that gives them."""

    def validation_step(self, batch, batch_idx):
        hidden = batch[0]
        for layer in self.net:
            hidden = layer.forward(hidden)
        return {"logits": hidden, "loss": hidden.mean()}


@pytest.mark.parametrize("module_class", [OnePart, Returning])
def test_outputs_are_found_wherever_they_are_made(tmp_path, module_class):
    module = module_class()
    (record,) = fit(tmp_path, module)
    predicted = outputs_of(module, toys.dataset(30)).argmax(1)
    assert (
        record.arrays["confusion"].sum(axis=0).tolist() == predicted.bincount(minlength=4).tolist()
    )


def test_a_callable_picks_the_outputs(tmp_path):
    class Hidden(Returning):
        def validation_step(self, batch, batch_idx):
            return [super().validation_step(batch, batch_idx)]

    monitor = OutputMonitor(output=lambda returned, _batch: returned[0]["logits"], strict=True)
    (record,) = fit(tmp_path, Hidden(), monitor=monitor)
    assert record.fields["samples"] == 30


def test_outputs_that_are_nowhere_are_told_of(tmp_path):
    class Nothing(toys.Classifier):
        def validation_step(self, batch, batch_idx):
            return None

    with pytest.warns(MonitorWarning, match=r"No outputs \[N, C\] were found.*output="):
        (record,) = fit(tmp_path, Nothing(), monitor=OutputMonitor())
    assert "No outputs" in record.fields["gap"]


def test_rows_of_probabilities_are_taken_as_they_are(tmp_path):
    module = toys.Classifier(nn.Sequential(toys.conv_net(), nn.Softmax(dim=1)))
    (record,) = fit(tmp_path, module)
    probabilities = outputs_of(module, toys.dataset(30))
    truths = torch.arange(30) % 4
    nll = -float(probabilities.gather(1, truths[:, None]).log().mean())
    assert record.fields["measures"]["nll"] == pytest.approx(nll, rel=1e-5)


def test_one_logit_is_of_two_classes(tmp_path):
    class Binary(Regression):
        def training_step(self, batch, batch_idx):
            logits = self(batch[0])[:, 0]
            return nn.functional.binary_cross_entropy_with_logits(logits, batch[1])

    truths = (torch.arange(30) % 2).float()
    (record,) = fit(tmp_path, Binary(), TensorDataset(toys.images(30), truths))
    assert record.fields["task"] == "classification"
    assert record.arrays["confusion"].sum(axis=1).tolist() == [15, 15]


def test_the_sanity_check_is_not_recorded_and_each_epoch_is_once(tmp_path):
    records = fit(tmp_path, toys.Classifier(), max_epochs=3, num_sanity_val_steps=2)
    assert [(r.step, r.epoch) for r in records] == [(4, 0), (8, 1), (12, 2)]


def test_validate_alone_is_recorded(tmp_path):
    trainer = toys.trainer(tmp_path, OutputMonitor(strict=True))
    trainer.validate(toys.Classifier(), DataLoader(toys.dataset(8), 4), verbose=False)
    (record,) = toys.of_kind(toys.read_records(tmp_path), "outputs")
    assert record.fields["samples"] == 8


def test_another_schedule_than_epochs_is_refused():
    with pytest.raises(ValueError, match="every_n_epochs"):
        OutputMonitor(every_n_train_steps=5)
