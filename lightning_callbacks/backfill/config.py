"""The module and data of a configuration that LightningCLI saved beside a run."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lightning_callbacks.lightning_base import LIGHTNING_PACKAGES
from lightning_callbacks.naming import CommandError

# The rest is about training: loggers and callbacks of it must not be made again.
_KEPT = ("seed_everything", "model", "data")


def from_config(path: str, module_class: Any = None, datamodule_class: Any = None) -> Any:
    """Returns (LightningModule, LightningDataModule or None), made as LightningCLI made them.

    Args:
      path: of a config.yaml.
      module_class: what the CLI was given, if the file does not name a class.
      datamodule_class: likewise.

    Raises:
      CommandError: it can't be read, or does not fit.
    """
    try:
        known = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CommandError(f"--config {path} can't be read: {error}") from error
    kept = {name: known[name] for name in _KEPT if known.get(name) is not None}
    try:
        return _made(kept, module_class, datamodule_class)
    except Exception as error:
        raise CommandError(
            f"--config {path} does not fit: {error}. If it names no class_path, name the classes "
            "that LightningCLI was given: --module and --datamodule."
        ) from error


def _imported(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def _lightning_of(classes: Sequence[Any]) -> str:
    """Returns which of Lightning's two packages the classes are of: each refuses the other's."""
    bases = [base for one in classes for base in getattr(one, "__mro__", ())]
    own = {name for name in LIGHTNING_PACKAGES if any(b.__module__.startswith(name) for b in bases)}
    return next(iter(sorted(own)), LIGHTNING_PACKAGES[0])


def _made(kept: dict[str, Any], module_class: Any, datamodule_class: Any) -> Any:
    named = [kept.get(part, {}).get("class_path") for part in ("model", "data")]
    classes = [module_class, datamodule_class, *map(_imported, filter(None, named))]
    cli_class = importlib.import_module(f"{_lightning_of(classes)}.cli").LightningCLI
    with warnings.catch_warnings():
        # It can't know that the command line's own arguments are not its.
        warnings.filterwarnings("ignore", "LightningCLI's args parameter")
        cli = cli_class(
            None if "class_path" in kept.get("model", {}) else module_class,
            None if "class_path" in kept.get("data", {}) else datamodule_class,
            run=False,
            args=kept,
            save_config_callback=None,
            seed_everything_default=False,
            trainer_defaults={"logger": False, "enable_checkpointing": False},
            parser_kwargs={"exit_on_error": False},
        )
    return cli.model, cli.datamodule
