"""A real TensorBoard over hostile logs: requests on real sockets, malformed ones too."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Sequence
from pathlib import Path

from tests import logs, servers
from tests.fuzz import draws, requests, serving
from tests.fuzz import logs as fuzzed
from tests.fuzz.tally import Tallies, Tally
from tests.synthetic_runs import RunShape, write_run
from tests.synthetic_sensitivity import SensitivityShape, write_sensitivities

PATIENCE = 20  # seconds for one answer
_OURS = re.compile(r'File "[^"]*/tb_explain/(?!\.)[^"]*"')
_MALFORMED: Sequence[bytes] = (
    b"\r\n\r\n",
    b"GET\r\n\r\n",
    b"GET /data/plugin/tb_explain/catalog\r\n\r\n",
    b"GET /data/plugin/tb_explain/catalog HTTP/9.9\r\n\r\n",
    b"GET /data/plugin/tb_explain/catalog HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n",
    b"GET http://evil.invalid/data/plugin/tb_explain/catalog HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /data/plugin/tb_explain/catalog HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    b"GET /data/plugin/tb_explain/" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    b"GET /data/plugin/tb_explain/catalog HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /data/plugin/tb_explain/plan HTTP/1.1\r\nContent-Length: 99999\r\n\r\nshort",
    b"GET /data/plugin/tb_explain/\xff\xfe%00 HTTP/1.1\r\n\r\n",
    b"GET /data/plugin/tb_explain/catalog HTTP/1.1\r\nA" + b":" * 1000 + b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"\x00" * 1000,
)


def write_logs(folder: Path) -> None:
    """Writes sound runs under hostile names, which requests are about."""
    logs.write_hostile_runs(folder)
    write_sensitivities(folder / "sensitivity", SensitivityShape(epochs=1))


def fuzz(seed: int, count: int, logdir: Path) -> Tallies:
    """Sends `count` requests to each of TensorBoard's readers, over sound and damaged runs."""
    sound = serving.Server(logdir)
    from tests.fuzz.targets import names_in

    names, monitors = names_in(sound)
    fuzzed.write(logdir.parent / "damaged", seed, 0)
    write_run(logdir.parent / "damaged" / "sound", RunShape(samples=1, epochs=1))
    return {
        f"requests on sockets, {reader}": _of_reader(flag, seed, count, logdir, names, monitors)
        for reader, flag in servers.READERS.items()
    }


def _of_reader(
    flag: str, seed: int, count: int, logdir: Path, names: Sequence[str], monitors: Sequence[str]
) -> Tally:
    tally = Tally()
    with servers.tensorboard(logdir, flag) as running, tally.timed():
        servers.eventually(lambda: len(running.catalog()["runs"]) >= len(names))
        for number in range(count):
            drawn = draws.of(seed, number)
            end = _sent(drawn, running.port, seed, number, names, monitors)
            if end.startswith("5"):
                tally.fault(f"request {seed}:{number} on a socket", end)
            else:
                tally.ends[end] += 1
        assert running.catalog()["runs"], "TensorBoard does not answer any more"
        for complaint in _OURS.findall(running.log.read_text(errors="replace")):
            tally.fault("TensorBoard's log", complaint)
    return tally


def _sent(
    drawn: random.Random,
    port: int,
    seed: int,
    number: int,
    names: Sequence[str],
    monitors: Sequence[str],
) -> str:
    """Sends a request; returns the status of the answer, or "closed"."""
    if drawn.random() < 0.15:
        content = drawn.choice(_MALFORMED)
    else:
        content = _raw(requests.request(seed, number, names, monitors))
    with socket.create_connection(("localhost", port), PATIENCE) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        try:
            first = connection.recv(64)
            while connection.recv(2**16):
                pass
        except ConnectionResetError:
            return "closed"
    return first.split()[1].decode() if first.startswith(b"HTTP/") else "closed"


def _raw(asked: requests.Request) -> bytes:
    """Returns a request as bytes; headers that WSGI servers make up themselves are left out."""
    target = f"{asked.path}?{asked.query}".encode("utf-8", "surrogateescape")
    target = re.sub(rb"[\x00-\x20]", b"", target)[:60_000]
    lines = [asked.method.encode()[:100] + b" " + target + b" HTTP/1.1", b"Host: localhost"]
    for name, value in asked.headers:
        if name.startswith("HTTP_") and name not in ("HTTP_HOST", "HTTP_TRANSFER_ENCODING"):
            title = name.removeprefix("HTTP_").replace("_", "-")
            lines.append(title.encode() + b": " + value.encode("latin-1", "replace"))
    lines += [b"Content-Length: " + str(len(asked.body)).encode(), b"Connection: close"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + asked.body
