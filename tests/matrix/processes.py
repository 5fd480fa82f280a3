"""Several processes that train together, forked from one that has imported everything.

    python -m tests.matrix.processes WORLD ROOT FUNCTION NAME...

calls `ranks.FUNCTION(root, name)` in each process, name after name, and kills all that have not
come back in time: a hang is a failure.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Of one name; what is slow on a busy machine is no hang.
SECONDS = 90.0


def launch(world: int, root: Path, act: str, *names: str) -> None:
    """Runs `ranks.<act>` in several processes, from one that is fresh.

    Raises:
      AssertionError: one of them failed or hung; says which, and what it printed.
    """
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "tests.matrix.processes", str(world), str(root), act, *names]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment,
        timeout=SECONDS * len(names) + SECONDS, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


def together(
    world: int, act: Callable[[str], None], names: Sequence[str], seconds: float = SECONDS
) -> Mapping[str, str]:
    """Returns, by name, what went wrong in any of `world` processes that call `act(name)`."""
    failed = {}
    for name in names:
        port = _free_port()
        pids = [_forked(rank, world, port, act, name) for rank in range(world)]
        problem = _waited_for(pids, seconds)
        if problem:
            failed[name] = problem
    return failed


def _forked(rank: int, world: int, port: int, act: Callable[[str], None], name: str) -> int:
    pid = os.fork()
    if pid:
        return pid
    # As a cluster's launcher tells it, so that Lightning starts no processes of its own.
    os.environ.update(
        TORCHELASTIC_RUN_ID="matrix", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port),
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(world), LOCAL_WORLD_SIZE=str(world),
        GROUP_RANK="0",
    )  # fmt: skip
    try:
        act(name)
    except BaseException:  # noqa: BLE001  # told to the parent
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.flush()
    os._exit(0)


def _waited_for(pids: Sequence[int], seconds: float) -> str:
    """Returns what went wrong; nothing if all ended well in time."""
    waiting, problem = set(pids), ""
    end = time.monotonic() + seconds
    while waiting and not problem and time.monotonic() < end:
        for pid in list(waiting):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                waiting.discard(pid)
                code = os.waitstatus_to_exitcode(status)
                problem = problem or (
                    f"process {pids.index(pid)} ended with {code}" if code else ""
                )
        time.sleep(0.02)
    if waiting and not problem:
        problem = f"processes {[pids.index(pid) for pid in waiting]} hung for {seconds:g} s"
    for pid in waiting:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return problem


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def main(arguments: Sequence[str]) -> int:
    """Calls a function of `ranks` in several processes; returns 1 if it failed in any."""
    from tests.matrix import ranks

    world, root, function, *names = arguments
    act = getattr(ranks, function)
    failed = together(int(world), lambda name: act(Path(root), name), names)
    for name, problem in failed.items():
        print(f"FAILED {name}: {problem}", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
