"""Where an export is written: a file that is replaced only once all of it is there, or stdout."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tb_explain.cli import common

STDOUT = "-"


@contextlib.contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """Gives what takes the bytes of `path`; what was there before stays until all are written.

    Raises:
      UsageError: they cannot be written there.
    """
    if path == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with _replacing(Path(os.path.realpath(path))) as file:
            yield file
    except OSError as error:
        raise common.UsageError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def as_text(file: IO[bytes]) -> Iterator[io.TextIOWrapper]:
    """Gives what writes UTF-8 into `file`, which stays open."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    try:
        yield text
    finally:
        text.detach()


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[IO[bytes]]:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and not target.is_file():  # a device or a pipe takes the bytes as they come
        with target.open("wb") as file:
            yield file
        return
    part = target.with_name(f".tb-explain-{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            yield file
        if target.exists():
            target.open("ab").close()  # replacing a file needs no right to write it; this does
            shutil.copymode(target, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
