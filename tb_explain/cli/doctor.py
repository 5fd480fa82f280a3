"""`tb-explain doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

import argparse
import json
import textwrap
from dataclasses import asdict

from tb_explain.cli import common
from tb_explain.doctor import Finding, examine

SUMMARY = "find why the tab is absent, curves stand still or steps are missing, and say the cure"


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument("logdir", help="log directory, as given to tensorboard --logdir")
    parser.add_argument(
        "--tensorboard", metavar="URL", help="address of a running TensorBoard that should show it"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, one object per finding")


def run(options: argparse.Namespace) -> int:
    """Prints what was found; notes alone are no reason for another exit code."""
    findings = examine(options.logdir, options.tensorboard)
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
    if not findings:
        common.say("nothing wrong was found.")
    ill = any(finding.severity != "note" for finding in findings)
    return common.NOTHING if ill else common.FOUND


def _print(finding: Finding) -> None:
    print(f"{finding.severity}: {finding.where}")
    for name, words in (("", finding.what), ("cure: ", finding.cure)):
        print(textwrap.fill(name + words, 96, initial_indent="  ", subsequent_indent="    "))
