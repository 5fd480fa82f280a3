"""What trainers hand to monitors, in the forms that programs give it."""

import pickle
from types import SimpleNamespace

import pytest
import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.distributed import DistributedSamplerWrapper
from pytorch_lightning.callbacks import WeightAveraging
from pytorch_lightning.loggers import TensorBoardLogger
from torch import nn
from torch.utils.data import (
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    SubsetRandomSampler,
)

from lightning_callbacks import GradCAMMonitor, MonitorWarning, OutputMonitor, Probe
from lightning_callbacks.trainers import cannot_observe, unrepeated_samples
from tests import toys


def fit(root, monitor, *, module=None, val=None, **kwargs):
    trainer = toys.trainer(root, monitor, **{"max_epochs": 1, **kwargs})
    train_loader, val_loader = toys.loaders()
    val = val_loader if val is None else val
    trainer.fit(module or toys.Classifier(), train_loader, val)
    return trainer


class Stream(IterableDataset):
    def __iter__(self):
        return iter([toys.dataset()[index] for index in range(32)])


class Plain:
    """A data set by its methods only."""

    def __len__(self):
        return 32

    def __getitem__(self, index):
        return toys.dataset()[index]


class Batches(Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return toys.images(8), torch.arange(8) % 4


class Loader:
    """An iterable of batches that is no DataLoader."""

    def __init__(self, batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)


def names_of(val) -> list[str]:
    from lightning_callbacks.probe import draw

    return list(draw(Probe(samples=4), val).names)


@pytest.mark.parametrize(
    "val",
    [
        DataLoader(Stream(), 8),
        DataLoader([toys.dataset()[index] for index in range(32)], 8),
        DataLoader(Plain(), 8),
        DataLoader(Batches(), batch_size=None),
        Loader([(toys.images(20), torch.arange(20) % 4)]),
    ],
    ids=["stream", "list", "plain", "whole batches", "iterable"],
)
def test_validation_data_of_any_form_gives_the_probe(tmp_path, val):
    monitor = GradCAMMonitor(strict=True, probe=Probe(samples=4))
    fit(tmp_path, monitor, val=val)
    assert len(monitor._drawn.hashes) == 4


def test_a_validation_sampler_is_respected():
    sampler = SubsetRandomSampler(range(24, 32))
    assert set(names_of(DataLoader(toys.dataset(), 4, sampler=sampler))) <= {
        str(index) for index in range(24, 32)
    }


class Drawing(Dataset):
    """Augments by a generator of its own."""

    def __init__(self):
        self.generator = torch.Generator().manual_seed(0)

    def __len__(self):
        return 32

    def __getitem__(self, index):
        x, y = toys.dataset()[index]
        return x + torch.randn(x.shape, generator=self.generator), y


class Noisy(toys.Classifier):
    """Draws in forward from a generator of its own, and logs there."""

    def __init__(self):
        super().__init__()
        self.generator = torch.Generator().manual_seed(0)

    def forward(self, x):
        self.log("seen", x.mean(), on_epoch=True, on_step=True)
        return self.net(x + 0.1 * torch.randn(x.shape, generator=self.generator))

    def validation_step(self, batch, batch_idx):
        pass


def test_generators_and_metrics_of_the_users_own_are_left_alone(tmp_path):
    results = []
    for monitors in ([], [GradCAMMonitor(every_n_train_steps=1, strict=True)]):
        pl.seed_everything(1, verbose=False)
        module, data = Noisy(), Drawing()
        trainer = toys.trainer(tmp_path, *monitors, max_epochs=2)
        trainer.fit(module, DataLoader(data, 8, shuffle=True), DataLoader(data, 8))
        results.append(
            (list(module.state_dict().values()), float(trainer.callback_metrics["seen"]))
        )
    (alone, alone_seen), (watched, watched_seen) = results
    assert all(torch.equal(a, b) for a, b in zip(alone, watched, strict=True))
    assert alone_seen == watched_seen


def test_a_monitor_starts_over_in_another_trainer(tmp_path):
    monitor = GradCAMMonitor(layers="net.99")
    with pytest.warns(MonitorWarning, match=r"net\.99"):
        fit(tmp_path / "a", monitor, max_epochs=3)
    assert monitor._is_off
    with pytest.warns(MonitorWarning, match=r"net\.99"):
        fit(tmp_path / "b", monitor)
    assert not monitor._is_off


def test_records_are_counted_per_directory(tmp_path):
    first = fit(tmp_path, GradCAMMonitor(strict=True), enable_checkpointing=True)
    trainer = toys.trainer(
        tmp_path,
        GradCAMMonitor(strict=True),
        max_epochs=2,
        enable_checkpointing=True,
        logger=TensorBoardLogger(tmp_path, name="resumed"),
    )
    checkpoint = first.checkpoint_callback.best_model_path
    trainer.fit(toys.Classifier(), *toys.loaders(), ckpt_path=checkpoint)
    records = toys.of_kind(toys.read_records(trainer.log_dir), "cam")
    assert [(r.step, r.written) for r in records] == [(8, 1)]


def test_a_widened_schedule_survives_an_older_checkpoint(tmp_path):
    first = fit(tmp_path, GradCAMMonitor(strict=True), enable_checkpointing=True)
    monitor = GradCAMMonitor(strict=True)
    monitor.schedule.widening = 2
    trainer = toys.trainer(tmp_path, monitor, max_epochs=2, enable_checkpointing=True)
    checkpoint = first.checkpoint_callback.best_model_path
    trainer.fit(toys.Classifier(), *toys.loaders(), ckpt_path=checkpoint)
    assert monitor.schedule.widening == 1


def test_validating_a_checkpoint_takes_its_step_and_epoch(tmp_path):
    first = fit(tmp_path, GradCAMMonitor(strict=True), enable_checkpointing=True, max_epochs=2)
    trainer = toys.trainer(tmp_path, GradCAMMonitor(strict=True), enable_checkpointing=True)
    checkpoint = first.checkpoint_callback.best_model_path
    trainer.validate(toys.Classifier(), toys.loaders()[1], ckpt_path=checkpoint, verbose=False)
    (record,) = toys.of_kind(toys.read_records(trainer.log_dir), "cam")
    assert (record.step, record.epoch) == (8, 1)


def test_steps_of_an_optimizer_lightning_does_not_see_are_warned_of(tmp_path):
    class Manual(toys.Classifier):
        def __init__(self):
            super().__init__()
            self.automatic_optimization = False
            self.own = torch.optim.SGD(self.net.parameters(), 0.01)

        def training_step(self, batch, batch_idx):
            self.own.zero_grad()
            super().training_step(batch, batch_idx).backward()
            self.own.step()

    with pytest.warns(MonitorWarning, match="Lightning has counted none"):
        fit(tmp_path, GradCAMMonitor(strict=True), module=Manual())


def test_a_named_forward_can_be_pickled():
    monitor = pickle.loads(pickle.dumps(GradCAMMonitor(forward="net")))
    x = toys.images(2)
    module = toys.Classifier().eval()
    assert torch.equal(monitor._explainer._forward(module, x), module.net(x))


@pytest.mark.parametrize(
    "names", [["a", "b"], ("a", "b"), {0: "a", 1: "b"}, {"a": 0, "b": 1}, torch.tensor([1]).numpy()]
)
def test_class_names_come_in_many_forms(names):
    from lightning_callbacks.samples import text_list

    assert text_list(names) in (["a", "b"], ["1"])
    assert text_list(lambda: names) is None


def test_a_branch_the_logits_do_not_depend_on_is_no_default_layer(tmp_path):
    class TwoHeads(toys.Classifier):
        def __init__(self):
            super().__init__()
            self.decoder = nn.Conv2d(6, 1, 3, padding=1)

        def forward(self, x):
            features = self.net[:3](x)
            return self.net[3:](features.clone()), self.decoder(features)

        def training_step(self, batch, batch_idx):
            return nn.functional.cross_entropy(self(batch[0])[0], batch[1])

        def validation_step(self, batch, batch_idx):
            pass

    monitor = GradCAMMonitor(strict=True)
    fit(tmp_path, monitor, module=TwoHeads())
    assert monitor._explainer._names == ["net.5"]


@pytest.mark.parametrize(("size", "world", "own"), [(10, 4, [3, 3, 2, 2]), (8, 4, [2] * 4)])
def test_samples_that_a_sampler_repeats_are_counted_once(size, world, own):
    data = toys.dataset(size)
    samplers = [DistributedSampler(data, world, rank, shuffle=False) for rank in range(world)]
    loaders = [DataLoader(data, 2, sampler=sampler) for sampler in samplers]
    assert [unrepeated_samples(loader) for loader in loaders] == own
    assert unrepeated_samples(DataLoader(data, 2)) is None


def test_a_sampler_that_lightning_shares_out_is_respected():
    chosen = [3, 7, 11, 15]
    shared = DistributedSamplerWrapper(SubsetRandomSampler(chosen), num_replicas=2, rank=1)
    assert set(names_of(DataLoader(toys.dataset(), sampler=shared))) == {"3", "7", "11", "15"}


def test_outputs_say_that_validation_saw_averaged_weights(tmp_path):
    trainer = toys.trainer(tmp_path, OutputMonitor(strict=True), WeightAveraging(), max_epochs=1)
    trainer.fit(toys.Classifier(), *toys.loaders())
    (record,) = toys.of_kind(toys.read_records(tmp_path), "outputs")
    assert record.fields["weights"] == "averaged"


@pytest.mark.parametrize(
    ("name", "tensor_parallel", "works"),
    [
        ("FSDPStrategy", 1, True),
        ("ModelParallelStrategy", 1, True),
        ("ModelParallelStrategy", 2, False),
        ("DeepSpeedStrategy", 1, False),
        ("XLAFSDPStrategy", 1, False),
    ],
)
def test_a_refusal_names_other_monitors_only_where_they_work(name, tensor_parallel, works):
    strategy = type(name, (), {"_tensor_parallel_size": tensor_parallel})()
    trainer = SimpleNamespace(strategy=strategy)
    assert (cannot_observe(trainer, whole_model=False) is None) == works
    assert ("work here" in cannot_observe(trainer)) == works
