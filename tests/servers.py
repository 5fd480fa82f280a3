"""Real TensorBoard servers for tests, and plain requests to them."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests import frames

# Both of TensorBoard's readers: the data server (gRPC), and the Python one (multiplexer).
READERS = {"data_server": "--load_fast=true", "multiplexer": "--load_fast=false"}
PLUGIN = "/data/plugin/tb_explain"
PATIENCE = 60  # seconds; the machine may be busy


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        assert self.headers["Content-Type"] == "application/json", self.body
        return json.loads(self.body)

    @property
    def frame(self) -> frames.Frame:
        """The body as a binary frame."""
        assert self.headers["Content-Type"] == "application/octet-stream", self.body
        return frames.parse(self.body)


@dataclass(frozen=True)
class Server:
    """A running TensorBoard."""

    port: int
    prefix: str
    log: Path
    pid: int

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://localhost:{self.port}{self.prefix}/"

    def request(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Sends `path` exactly as it is, below the path prefix."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, self.prefix + path, headers=named)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def catalog(self) -> Any:
        """Returns what the plugin says was recorded."""
        return self.request(f"{PLUGIN}/catalog").json

    def panel(
        self, name: str, *runs: str, monitor: str = "", window: str = "", **headers: str
    ) -> Answer:
        """Asks for a panel of `runs`; a window of it is a query, such as "from=3&to=5"."""
        query = [("run", run) for run in runs] + [("monitor", monitor)] * bool(monitor)
        query += parse_qsl(window, keep_blank_values=True)
        return self.request(f"{PLUGIN}/panel/{name}?{urlencode(query)}", **headers)

    def listed(self) -> Any:
        """Returns what TensorBoard says of the plugin."""
        return self.request("/data/plugins_listing").json["tb_explain"]


@contextlib.contextmanager
def tensorboard(logdir: Path, *flags: str, prefix: str = "") -> Iterator[Server]:
    """Runs TensorBoard on a free port until the block ends."""
    command = [sys.executable, "-m", "tensorboard.main", f"--logdir={logdir}", "--port=0"]
    command += ["--reload_interval=1", f"--path_prefix={prefix}", *flags]
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield Server(_port(log, process), prefix, log, process.pid)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def eventually(condition: Callable[[], Any], *, patience: float = PATIENCE) -> Any:
    """Returns what `condition` returns as soon as that is true, within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {patience} s"
        time.sleep(0.1)
    return answer


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    def announced() -> re.Match[str] | None:
        assert process.poll() is None, log.read_text()
        return re.search(r"at http://\S+?:(\d+)", log.read_text())

    return int(eventually(announced)[1])
