"""The command line: explain checkpoints of a training.

    python -m lightning_callbacks.backfill 'lightning_logs/version_0/checkpoints/*.ckpt' \
        --module my.nets:Classifier --datamodule my.data:Data --monitor GradCAMMonitor \
        --monitor 'AttributionMonitor={"methods": ["deeplift"]}'
    python -m lightning_callbacks.backfill version_0/checkpoints --config version_0/config.yaml

Things are named as "package.module:name". Exit codes: 0 all was explained, 1 some checkpoints or
records could not be made, 2 nothing was done.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning_callbacks
from lightning_callbacks.backfill.backfill import Backfilled, backfill
from lightning_callbacks.backfill.checkpoints import CheckpointError
from lightning_callbacks.backfill.config import from_config
from lightning_callbacks.naming import CommandError, from_here, imported, named

_INTERRUPTED = 130  # as shells have it


def main(arguments: Sequence[str] | None = None) -> int:
    """Explains checkpoints; returns the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        with from_here():
            done, is_first = _backfilled(asked)
    except KeyboardInterrupt:
        print("Interrupted. Run it again to go on.", file=sys.stderr)
        return _INTERRUPTED
    except (CheckpointError, CommandError, OSError, TypeError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return _told(done) if is_first else 0


def _backfilled(asked: argparse.Namespace) -> tuple[Backfilled, bool]:
    """Returns what was done, and whether this process is the one that says so."""
    fabric = _fabric(asked)
    module = imported(asked.module) if asked.module else None
    datamodule = imported(asked.datamodule) if asked.datamodule else None
    if asked.config:
        module, datamodule = from_config(asked.config, module, datamodule)
    elif module is None:
        raise CommandError("Name the LightningModule: --module package.module:Class, or --config.")
    # A function makes a module; a class is made with what the checkpoint says of it.
    if callable(module) and not isinstance(module, type) and not hasattr(module, "state_dict"):
        module = module()
    done = backfill(
        module,
        [_all_in(place) for place in asked.checkpoints],
        [_monitor(name) for name in asked.monitor] or lightning_callbacks.explain(),
        datamodule=datamodule() if callable(datamodule) else datamodule,
        data=named(asked.data) if asked.data else None,
        logdir=asked.logdir,
        weights_only=not asked.unsafe,
        fabric=fabric,
    )
    return done, fabric is None or fabric.global_rank == 0


def _told(done: Backfilled) -> int:
    for path, why in done.failed.items():
        print(f"{path} was not explained: {why}", file=sys.stderr)
    if done.gaps:
        print(f"{len(done.gaps)} records could not be made: {done.gaps[0]}", file=sys.stderr)
    if done.left_out:
        print(f"Left out, at steps of others: {', '.join(done.left_out)}", file=sys.stderr)
    print(f"{done.records} records of {len(done.checkpoints)} checkpoints: {done.directory}")
    return 1 if done.failed or done.gaps else 0


def _all_in(place: str) -> str:
    return f"{place.rstrip('/')}/*.ckpt" if Path(place).is_dir() else place


def _monitor(text: str) -> Any:
    """Returns the monitor of `Name`, `Name={"argument": value}` or `package.module:name`."""
    name, _, arguments = text.partition("=")
    made = imported(name) if ":" in name else getattr(lightning_callbacks, name, None)
    if made is None:
        known = [name for name in lightning_callbacks.__all__ if name.endswith("Monitor")]
        raise CommandError(
            f"Unknown monitor {name!r}. Expect package.module:name or one of {known}."
        )
    try:
        return made(**json.loads(arguments or "{}")) if callable(made) else made
    except (TypeError, ValueError) as error:
        raise CommandError(f"--monitor {text}: {error}") from error


def _fabric(asked: argparse.Namespace) -> Any:
    if asked.devices == "1" and asked.num_nodes == 1 and asked.accelerator == "cpu":
        return None
    from lightning_fabric import Fabric

    fabric = Fabric(
        accelerator=asked.accelerator,
        strategy=asked.strategy,
        devices=asked.devices if asked.devices == "auto" else int(asked.devices),
        num_nodes=asked.num_nodes,
    )
    fabric.launch()
    return fabric


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lightning_callbacks.backfill",
        description="Explain checkpoints of a training, as if it had been recorded then.",
    )
    add = parser.add_argument
    add("checkpoints", nargs="+", help="files, globs, URLs, or folders of .ckpt files")
    add("--module", help="package.module:Class of the LightningModule, or of a function making one")
    add("--datamodule", help="package.module:Class of the LightningDataModule")
    add("--data", help="package.module:name of a validation loader or data set instead")
    add("--config", help="config.yaml that LightningCLI saved, in place of these")
    add(
        "--monitor",
        action="append",
        default=[],
        metavar="NAME[=JSON]",
        help="a monitor and its arguments; may be repeated; without any, explain() chooses",
    )
    add("--logdir", help="where records go; default: backfill, beside the checkpoints")
    add(
        "--unsafe",
        action="store_true",
        help="load checkpoints that hold pickled objects; these can run any code",
    )
    add("--accelerator", default="cpu", help="as for a Trainer")
    add("--devices", default="1", help="how many processes of this machine share the work")
    add("--num-nodes", type=int, default=1, help="how many machines do")
    add("--strategy", default="auto", help="as for a Trainer")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
