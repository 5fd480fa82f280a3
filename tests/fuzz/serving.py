"""The real routes over TensorBoard's own reader, in this process: what they answer is checked."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from google.protobuf.message import DecodeError
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer

from tb_explain import reader, schema
from tb_explain.panels import PANELS
from tb_explain.routes import Routes
from tests.fuzz.requests import PREFIX, Request

# What TensorBoard's Python reader raises of a damaged file, with or without the plugin.
TENSORBOARDS_OWN = (MemoryError, OverflowError, DecodeError, OSError)
EXPECTED = ("tb_explain cannot read", "tb_explain cannot learn")  # and goes on without

logger = logging.getLogger("tb_explain")


class FaultError(AssertionError):
    """An answer that no request may have."""


@dataclass
class Answer:
    """What the application said."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Server:
    """The plugin's application over a log directory."""

    def __init__(self, logdir: Path) -> None:
        guidance = dict.fromkeys(schema.KINDS.values(), 0)
        multiplexer = EventMultiplexer(tensor_size_guidance=guidance)
        multiplexer.AddRunsFromDirectory(str(logdir))
        with contextlib.suppress(*TENSORBOARDS_OWN):
            multiplexer.Reload()
        self.provider = MultiplexerDataProvider(multiplexer, str(logdir))
        self._routes = Routes(reader.Reader(self.provider), PANELS, prefix=f"{PREFIX}/")

    def ask(self, request: Request) -> Answer:
        """Returns the answer, which is a success, not modified, or the one error shape.

        Raises:
          FaultError: it is none of these.
        """
        answer = Answer()

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            answer.status = int(status.split(maxsplit=1)[0])
            answer.headers = dict(headers)

        answer.body = b"".join(self._routes(request.environ(), start))
        check(answer)
        return answer

    def get(self, path: str, *query: tuple[str, str]) -> Answer:
        """Asks as the page does."""
        return self.ask(Request(-1, "GET", f"{PREFIX}/{path}", urlencode(query), (), b""))

    def walk(self) -> int:
        """Asks for the catalog, and for every panel of every run; returns how many requests."""
        catalog = json.loads(self.get("catalog").body)
        names = [entry["run"] for entry in catalog["runs"]]
        for panel in PANELS:
            for run in names:
                self.get(f"panel/{panel}", ("run", run))
        return 1 + len(names) * len(PANELS)


def check(answer: Answer) -> None:
    """Makes sure that an answer has one of the shapes that answers have.

    Raises:
      FaultError: it has not.
    """
    if answer.status in (200, 304):
        return
    if answer.status >= 500 or answer.status < 400:
        raise FaultError(f"{answer.status}: {answer.body[:300]!r}")
    if answer.headers.get("Content-Type", "").split(";")[0] != "application/json":
        raise FaultError(f"{answer.status} of type {answer.headers.get('Content-Type')}")
    if answer.headers.get("Content-Encoding") == "gzip":
        return
    error = json.loads(answer.body)["error"] if answer.body else {"status": answer.status}
    if error["status"] != answer.status:
        raise FaultError(f"{answer.status} says {error}")


@contextlib.contextmanager
def complaints() -> Iterator[list[str]]:
    """Collects what the plugin logs of errors."""
    found: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not str(record.msg).startswith(EXPECTED):
                found.append(self.format(record))

    collector = Collector(logging.ERROR)
    logger.addHandler(collector)
    before, logger.propagate = logger.propagate, False
    try:
        yield found
    finally:
        logger.removeHandler(collector)
        logger.propagate = before
