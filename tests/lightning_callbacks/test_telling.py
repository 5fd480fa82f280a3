"""What is told while a recording takes long: in Lightning's bars, or on stderr."""

import time

import pytest
import pytorch_lightning as pl
from pytorch_lightning.callbacks import RichProgressBar, TQDMProgressBar

from lightning_callbacks import Monitor, Observation, Part, telling
from tests import toys


class Slow(Monitor):
    """Takes its time, longer than nobody minds."""

    default_name = "slow"

    def observe(self, model, probe):
        time.sleep(0.2)
        return Observation([Part("predictions", {"activation": "none"})])


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(telling, "LONG_SECONDS", 0.02)


def descriptions(monkeypatch, bar):
    """Returns a list that fills with what the training bar says after each epoch and record."""
    said = []

    class Listener(pl.Callback):
        def on_train_epoch_end(self, trainer, pl_module):
            said.append(described(bar))

    in_bar = telling._in_bar

    def noting(own_bar, text):
        undo = in_bar(own_bar, text)
        said.append(described(bar))
        return undo

    monkeypatch.setattr(telling, "_in_bar", noting)
    return said, Listener()


def described(bar):
    task = bar.train_progress_bar
    return getattr(task, "description", None) or task.desc


@pytest.mark.parametrize("bar", [TQDMProgressBar, RichProgressBar])
def test_a_long_recording_is_told_in_the_bar_which_then_goes_on(bar, tmp_path, monkeypatch, capfd):
    own = bar()
    said, listener = descriptions(monkeypatch, own)
    callbacks = [Slow(untrained=False, strict=True), listener, own]
    trainer = toys.trainer(tmp_path, *callbacks, enable_progress_bar=True)
    trainer.fit(toys.Classifier(), *toys.loaders())
    told = [text for text in said if "recording slow" in text]
    assert len(told) == 2
    assert next(text for text in said if "recording" not in text).startswith("Epoch 0")
    assert "tb-explain: recording" not in capfd.readouterr().err


def test_without_a_bar_it_is_one_line_on_stderr(tmp_path, capfd):
    trainer = toys.trainer(tmp_path, Slow(untrained=False, strict=True), max_epochs=2)
    trainer.fit(toys.Classifier(), *toys.loaders())
    assert capfd.readouterr().err.count("tb-explain: recording slow …\n") == 1


def test_before_the_bar_is_drawn_it_is_a_line_on_stderr(tmp_path, capfd):
    callbacks = [Slow(every_n_epochs=10, strict=True), TQDMProgressBar()]
    trainer = toys.trainer(tmp_path, *callbacks, max_epochs=1, enable_progress_bar=True)
    trainer.fit(toys.Classifier(), *toys.loaders())
    assert "tb-explain: recording slow …\n" in capfd.readouterr().err


def test_a_short_recording_is_not_spoken_of(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(telling, "LONG_SECONDS", 30.0)
    trainer = toys.trainer(tmp_path, Slow(strict=True), max_epochs=1)
    trainer.fit(toys.Classifier(), *toys.loaders())
    assert "tb-explain" not in capfd.readouterr().err


def test_what_is_no_lightning_trainer_is_told_plainly(capsys):
    telling.say(object(), "hello")
    assert capsys.readouterr().out == "hello\n"
