"""Two machines, simulated: network namespaces with a cable between them, a process in each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ADDRESSES = ("10.199.7.1", "10.199.7.2")
_PORT = "29511"


@contextmanager
def two_nodes() -> Iterator[Sequence[str]]:
    """Yields the names of two namespaces that reach one another, and nothing else."""
    names = [f"explain_{os.getpid()}_{place}" for place in (0, 1)]
    cable = [f"ex{os.getpid() % 10_000}_{place}" for place in (0, 1)]
    try:
        for name in names:
            _ip("netns", "add", name)
        _ip("link", "add", cable[0], "type", "veth", "peer", "name", cable[1])
        for name, end, address in zip(names, cable, _ADDRESSES, strict=True):
            _ip("link", "set", end, "netns", name)
            _ip("-n", name, "link", "set", end, "name", "eth0")
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def train(names: Sequence[str], root: Path, seconds: float) -> None:
    """Trains with all monitors, a process in each node, as torchrun would start them."""
    running = []
    for rank, name in enumerate(names):
        environment = {
            **os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore",
            "TORCHELASTIC_RUN_ID": "nodes", "MASTER_ADDR": _ADDRESSES[0], "MASTER_PORT": _PORT,
            "RANK": str(rank), "GROUP_RANK": str(rank), "LOCAL_RANK": "0", "WORLD_SIZE": "2",
            "LOCAL_WORLD_SIZE": "1", "GLOO_SOCKET_IFNAME": "eth0",
        }  # fmt: skip
        code = f"from tests.matrix import ranks; ranks.on_node({str(root)!r}, {rank})"
        command = ["ip", "netns", "exec", name, sys.executable, "-c", code]
        running.append(subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2]))
    try:
        for process in running:
            assert process.wait(seconds) == 0
    finally:
        for process in running:
            process.kill()
            process.wait()
