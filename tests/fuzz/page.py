"""The page's own decoders and panels in Node: what became of records and logs comes out."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import struct
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FRONTEND = Path(__file__).parents[2] / "frontend"
HEAP = 512  # MB that Node's heap may take: what allocates by what a record declares, dies
PATIENCE = 60  # seconds for one batch
_RECORD, _LOG, _MEASURED = range(3)


class StuckError(Exception):
    """The page died of a message, or did not come back from it."""


@dataclass(frozen=True)
class Message:
    """What the worker is asked: a record, or with what a catalog lists a frame."""

    body: bytes
    catalog: Any = None
    measured: bool = False

    def packed(self) -> bytes:
        """Returns its bytes, see frontend/test/fuzz/worker.ts."""
        about = b"" if self.catalog is None else json.dumps(self.catalog).encode()
        record = _MEASURED if self.measured else _RECORD
        what = record if self.catalog is None else _LOG
        return struct.pack("<III", what, len(about), len(self.body)) + about + self.body


def missing() -> str:
    """Returns why the page can't be built here; "" if it can."""
    if not shutil.which("node"):
        return "Node is not installed"
    if not (FRONTEND / "node_modules").exists():
        return "the page's packages are not installed: npm --prefix frontend ci"
    return ""


def build(folder: Path) -> None:
    """Bundles worker.mjs and page.js into `folder`."""
    script = FRONTEND / "test" / "fuzz" / "build.mjs"
    subprocess.run(["node", str(script), str(folder)], check=True)


class Page:
    """A Node process that decodes; started again after it has died."""

    def __init__(self, folder: Path) -> None:
        self._command = ["node", "--expose-gc", f"--max-old-space-size={HEAP}", "worker.mjs"]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.peak = 0  # bytes of memory that any of its processes took
        self._before = b""

    def ask(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """Returns the answer to each message.

        Raises:
          StuckError: there is none to one of them; ask again one by one to know to which.
        """
        process = self._process = self._process or self._started()
        assert process.stdin is not None
        sent = memoryview(b"".join(message.packed() for message in messages))
        answers: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        try:
            for line in self._lines(process, sent, deadline):
                answers.append(json.loads(line))
                if len(answers) == len(messages):
                    self._measure(process)
                    return answers
        except BrokenPipeError:
            pass
        self.close()
        raise StuckError(f"no answer after {len(answers)} of {len(messages)}")

    def close(self) -> None:
        """Ends the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(
            self._command,
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert started.stdin is not None
        assert started.stdout is not None
        for pipe in (started.stdin, started.stdout):
            os.set_blocking(pipe.fileno(), False)
        self._before = b""
        return started

    def _lines(
        self, process: subprocess.Popen[bytes], sent: memoryview, deadline: float
    ) -> Iterator[bytes]:
        """Sends `sent` while yielding the lines that come back, up to the deadline."""
        assert process.stdin is not None
        assert process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdin, selectors.EVENT_WRITE)
            ready.register(process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline:
                for key, _ in ready.select(1):
                    if key.fileobj is process.stdin:
                        sent = sent[os.write(key.fd, sent[:65536]) :]
                        if not sent:
                            ready.unregister(process.stdin)
                        continue
                    chunk = os.read(key.fd, 2**20)
                    if not chunk:
                        return
                    *lines, self._before = (self._before + chunk).split(b"\n")
                    yield from lines

    def _measure(self, process: subprocess.Popen[bytes]) -> None:
        text = Path(f"/proc/{process.pid}/status").read_text()
        (line,) = (each for each in text.splitlines() if each.startswith("VmHWM"))
        self.peak = max(self.peak, int(line.split()[1]) * 1024)


def in_batches(messages: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yields `messages` in lists of `size`."""
    batch: list[Any] = []
    for message in messages:
        batch.append(message)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
