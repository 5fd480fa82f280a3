import argparse
import logging
import subprocess
import sys

import pytest
from tensorboard import default
from tensorboard.plugins import base_plugin

from tb_explain import schema
from tb_explain.loader import KEPT_STEPS, ExplainLoader


def fixed(samples_per_plugin):
    flags = argparse.Namespace(samples_per_plugin=samples_per_plugin)
    ExplainLoader().fix_flags(flags)
    return flags.samples_per_plugin


def test_tensorboard_finds_the_loader_by_its_entry_point():
    assert ExplainLoader in default.get_dynamic_plugins()


@pytest.mark.parametrize("nothing", [{}, "", None])
def test_every_step_of_both_series_is_kept_by_default(nothing):
    assert fixed(nothing) == {"tb_explain": KEPT_STEPS, "tb_explain_blobs": KEPT_STEPS}


def test_a_users_own_number_wins_and_other_plugins_are_left_alone():
    kept = fixed({"tb_explain": 100, "images": 7})
    assert kept == {"tb_explain": 100, "tb_explain_blobs": KEPT_STEPS, "images": 7}
    assert fixed({"tb_explain": 0})["tb_explain"] == 0


@pytest.mark.parametrize("flags", [argparse.Namespace(), argparse.Namespace(samples_per_plugin=7)])
def test_flags_it_does_not_understand_are_logged_and_left_alone(flags, caplog):
    before = dict(vars(flags))
    with caplog.at_level(logging.ERROR):
        ExplainLoader().fix_flags(flags)
    assert vars(flags) == before
    assert "--samples_per_plugin" in caplog.text


def test_it_loads_the_plugin():
    plugin = ExplainLoader().load(base_plugin.TBContext(data_provider=object()))
    assert plugin.plugin_name == schema.SERIES_PLUGIN


def test_without_a_data_provider_there_is_no_plugin_and_no_error(caplog):
    assert ExplainLoader().load(base_plugin.TBContext()) is None
    assert "data provider" in caplog.text


def test_a_plugin_that_cannot_be_imported_is_logged_and_left_out(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "tb_explain.plugin", None)
    with caplog.at_level(logging.ERROR):
        assert ExplainLoader().load(base_plugin.TBContext(data_provider=object())) is None
    assert "tab Explain is missing" in caplog.text


def modules_after(code):
    script = f"import sys; {code}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(ran.stdout.split())


def test_the_entry_point_imports_nothing_heavy():
    before = modules_after("import __future__, argparse, logging, tensorboard.plugins.base_plugin")
    added = modules_after("import tb_explain.loader") - before
    assert added == {"tb_explain", "tb_explain.loader"}


def test_the_whole_server_side_never_imports_torch():
    modules = modules_after(
        "import importlib, pkgutil, tb_explain; "
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages("
        "tb_explain.__path__, 'tb_explain.')]"
    )
    assert "tb_explain.panels.attributions" in modules
    heavy = {"torch", "lightning", "pytorch_lightning", "lightning_callbacks", "captum"}
    assert not heavy & modules
