"""The command line: `tb-explain list | show | export | doctor`.

Data goes to stdout, messages to stderr. It ends with 0, with 1 where nothing was chosen or
something is wrong, and with 2 where the arguments cannot be followed.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

from tb_explain.cli import common, doctor, export, overview, show

COMMANDS = {"list": overview, "show": show, "export": export, "doctor": doctor}
_BROKEN_PIPE = 141  # what a shell reports of a program that a closed pipe ended


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that `arguments` name, by default the process's; returns its exit code."""
    options = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files may hold what no terminal can show.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code: int = COMMANDS[options.command].run(options)
        sys.stdout.flush()
    except common.UsageError as error:
        common.say(str(error))
        return common.USAGE
    except BrokenPipeError:
        # Whoever read it has seen enough. Python would complain while closing its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tb-explain", description="Reads what tb-explain's callbacks recorded."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        described = {"help": command.SUMMARY, "description": command.SUMMARY.capitalize() + "."}
        command.add(commands.add_parser(name, **described))
    return parser
