"""`DistilFrom`: the loss is the papers', the teacher stays as it is, and nothing stays behind."""

import pytest
import pytorch_lightning as pl
import torch
from torch import nn
from torch.nn import functional

from lightning_callbacks.editing.distil import DistilFrom
from tests import toys


class Dense(toys.Classifier):
    """Without noise, so that the loss can be computed again."""

    def training_step(self, batch, batch_idx):
        loss = functional.cross_entropy(self(batch[0]), batch[1])
        self.log("plain", loss)
        return loss


class Quiet(Dense):
    """Without dropout, too."""

    def __init__(self, seed: int = 0) -> None:
        torch.manual_seed(seed)
        net = toys.conv_net()
        net[8] = nn.Identity()
        super().__init__(net)


class Losses(pl.Callback):
    def __init__(self) -> None:
        self.losses: list[float] = []
        self.states: list[dict[str, torch.Tensor]] = []
        self.batches: list[tuple[torch.Tensor, torch.Tensor]] = []

    def on_train_batch_start(self, trainer, pl_module, batch, batch_idx):
        self.states.append({n: t.clone() for n, t in pl_module.state_dict().items()})
        self.batches.append(batch)

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.losses.append(float(outputs["loss"]))


def fit(root, module, *callbacks, **options):
    trainer = toys.trainer(root, *callbacks, max_epochs=1, **options)
    trainer.fit(module, *toys.loaders())
    return trainer


def test_the_loss_is_the_papers(tmp_path):
    module, teacher, losses = Quiet(0), Quiet(1), Losses()
    features = {"net.4": "net.4"}
    distil = DistilFrom(teacher, temperature=3, weight=0.7, features=features, feature_weight=0.5)
    fit(tmp_path, module, distil, losses)
    again = Quiet()
    teacher.eval()
    for state, (x, y), loss in zip(losses.states, losses.batches, losses.losses, strict=True):
        again.load_state_dict(state)
        again.train()
        student, taught = again(x), teacher(x)
        p, q = (taught / 3).softmax(1), (student / 3).softmax(1)
        divergence = (p * (p / q).log()).sum(1).mean()
        hidden, seen = again.net[:5](x), teacher.net[:5](x)
        apart = (hidden - seen).pow(2).mean() / seen.var(correction=0)
        plain = functional.cross_entropy(student, y)
        expected = 0.3 * plain + 0.7 * 9 * divergence + 0.5 * apart
        assert loss == pytest.approx(expected.item(), rel=1e-5)


def test_without_weight_training_is_what_it_was(tmp_path):
    ends = []
    for callbacks in ([], [DistilFrom(Quiet(1), weight=0)]):
        module = Quiet(0)
        torch.manual_seed(5)
        fit(tmp_path, module, *callbacks)
        ends.append(module.state_dict())
    assert all(torch.equal(tensor, ends[1][name]) for name, tensor in ends[0].items())


def test_the_teacher_and_the_module_are_as_before(tmp_path):
    module, teacher = Quiet(0), Quiet(1)
    before = {name: tensor.clone() for name, tensor in teacher.state_dict().items()}
    trainer = fit(tmp_path, module, DistilFrom(teacher))
    assert all(torch.equal(tensor, before[n]) for n, tensor in teacher.state_dict().items())
    assert all(parameter.grad is None for parameter in teacher.parameters())
    assert "training_step" not in vars(module)
    assert not any(part._forward_hooks for part in [*module.modules(), *teacher.modules()])
    assert not any("teacher" in name for name in trainer.lightning_module.state_dict())
    assert {"distil/kl", "plain"} <= set(trainer.callback_metrics)


def test_a_student_comes_near_its_teacher(tmp_path):
    module, teacher = Quiet(0), Quiet(1)
    x = toys.images()
    apart = (module.eval()(x).softmax(1) - teacher.eval()(x).softmax(1)).abs().mean()
    trainer = toys.trainer(tmp_path, DistilFrom(teacher, weight=1), max_epochs=10)
    trainer.fit(module.train(), *toys.loaders())
    now = (module.eval()(x).softmax(1) - teacher(x).softmax(1)).abs().mean()
    assert now < apart / 3


@pytest.mark.filterwarnings("ignore:`training_step` returned `None`:UserWarning")
def test_losses_in_dicts_and_skipped_batches(tmp_path):
    class InDict(Dense):
        def training_step(self, batch, batch_idx):
            return {"loss": super().training_step(batch, batch_idx), "kept": 1}

    class Skips(Dense):
        def training_step(self, batch, batch_idx):
            return None if batch_idx == 0 else super().training_step(batch, batch_idx)

    for module in (InDict(), Skips()):
        assert "distil/kl" in fit(tmp_path, module, DistilFrom(Quiet(1))).callback_metrics


def test_a_child_alone_may_be_called(tmp_path):
    class ByChild(Dense):
        def training_step(self, batch, batch_idx):
            return functional.cross_entropy(self.net(batch[0]), batch[1])

    for student in (None, "net"):
        trainer = fit(tmp_path, ByChild(), DistilFrom(Quiet(1).net, student=student))
        assert "distil/kl" in trainer.callback_metrics


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DistilFrom(Quiet(), temperature=0), "temperature must be above 0, not 0"),
        (lambda: DistilFrom(Quiet(), weight=1.5), "weight must be from 0 to 1, not 1.5"),
        (lambda: DistilFrom(Quiet(), student="nett"), "student has no layer 'nett'; .* with net"),
        (lambda: DistilFrom(Quiet(), features={"net": "body"}), "teacher has no layer 'body'"),
        (
            lambda: DistilFrom(Quiet(), features={"net.0": "net.4"}),
            r"net.0 gives \[8, 6, 12, 12\], the teacher's net.4 \[8, 8, 6, 6\]",
        ),
        (
            lambda: DistilFrom(toys.conv_net(head=nn.Linear(32, 7))),
            "teacher's outputs .*7.* both need the same classes",
        ),
    ],
)
def test_what_does_not_fit_is_told(tmp_path, make, message):
    with pytest.raises(ValueError, match=message):
        fit(tmp_path, Quiet(), make())


def test_a_module_that_optimises_by_hand_is_refused(tmp_path):
    module = Quiet()
    module.automatic_optimization = False
    with pytest.raises(ValueError, match="with manual optimization"):
        fit(tmp_path, module, DistilFrom(Quiet(1)))


def test_a_model_can_not_teach_itself(tmp_path):
    module = Quiet()
    with pytest.raises(ValueError, match=r"give DistilFrom\(copy.deepcopy\(model\)\)"):
        fit(tmp_path, module, DistilFrom(module.net))


def test_the_teacher_gets_its_train_flags_back(tmp_path):
    teacher = Quiet(1).train()
    teacher.net[1].eval()
    flags = [part.training for part in teacher.modules()]
    fit(tmp_path, Quiet(), DistilFrom(teacher))
    assert [part.training for part in teacher.modules()] == flags


class WithLoss(Dense):
    """Calls its loss, a child, after its net."""

    def __init__(self) -> None:
        super().__init__()
        self.criterion = nn.CrossEntropyLoss()

    def training_step(self, batch, batch_idx):
        return self.criterion(self.net(batch[0]), batch[1])


def test_a_loss_is_no_student(tmp_path):
    trainer = fit(tmp_path, WithLoss(), DistilFrom(Quiet(1).net))
    assert "distil/kl" in trainer.callback_metrics


def test_a_student_may_return_its_loss_beside_the_logits(tmp_path):
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = toys.conv_net()

        def forward(self, x):
            logits = self.net(x)
            return {"loss": logits.mean(), "logits": logits}

    class InDict(Dense):
        def __init__(self):
            super().__init__(Both())

        def training_step(self, batch, batch_idx):
            return functional.cross_entropy(self(batch[0])["logits"], batch[1])

        def validation_step(self, batch, batch_idx):
            self(batch[0])

    assert "distil/kl" in fit(tmp_path, InDict(), DistilFrom(Both())).callback_metrics


def test_values_of_a_regression_are_taught_by_squares(tmp_path):
    class Regression(toys.Classifier):
        def training_step(self, batch, batch_idx):
            return (self(batch[0])[:, 0] - batch[1]).square().mean()

    def net():
        return toys.conv_net(head=nn.Linear(32, 1))

    x, y = toys.images(), torch.randn(32)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 8)
    trainer = toys.trainer(tmp_path, DistilFrom(net(), outputs="values"), max_epochs=1)
    trainer.fit(Regression(net()), loader)
    assert trainer.callback_metrics["distil/values"] > 0
    trainer = toys.trainer(tmp_path, DistilFrom(net()), max_epochs=1)
    with pytest.raises(ValueError, match=r"no classes: for a regression give .*outputs='values'"):
        trainer.fit(Regression(net()), loader)
