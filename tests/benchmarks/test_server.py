"""What the server may take for large logs: time of a panel and the catalog, memory."""

import os
import statistics
import time
from pathlib import Path

import pytest

from tb_explain.reader import CACHE_BYTES
from tests import servers
from tests.benchmarks.figures import report
from tests.benchmarks.size import size
from tests.synthetic_layers import LayersShape, write_layers
from tests.synthetic_runs import RunShape, write_run

pytestmark = [pytest.mark.slow, pytest.mark.benchmark]

EPOCHS = size(80, 200)  # of a hundred runs; of fewer, what is held of any log is most
METHODS = ("gradcam", "hirescam", "layercam")


def timed(ask):
    """Returns what `ask` returns, and the seconds that it took."""
    start = time.perf_counter()
    answer = ask()
    return answer, time.perf_counter() - start


def milliseconds(ask, *, rounds=10):
    return [1e3 * timed(ask)[1] for _ in range(rounds)]


def reader_of(flag):
    return next(reader for reader, each in servers.READERS.items() if each == flag)


def report_median(name, times, most):
    report(name, statistics.median(times), unit="ms", most=most, spread=times)


def loaded(server, runs):
    listed = server.catalog()["runs"]
    last = {s["last_step"] for entry in listed for s in entry["series"] if s["kind"] != "probe"}
    return len(listed) == runs and len(last) == 1 and last


def wait_until_loaded(server, runs):
    """Waits until every run is there, and twice the same."""
    servers.eventually(lambda: loaded(server, runs), patience=300)
    time.sleep(2)
    servers.eventually(lambda: loaded(server, runs))


# Logs are written once, for both readers: writing takes longer than reading.


def runs_in(root, runs, epochs):
    for seed in range(runs):
        shape = RunShape(samples=64, epochs=epochs, methods=METHODS)
        write_run(root / f"run{seed}", shape, seed=seed)
    return root


@pytest.fixture(scope="module")
def ten_runs(tmp_path_factory):
    return runs_in(tmp_path_factory.mktemp("ten"), 10, 100)


@pytest.fixture(scope="module")
def hundred_runs(tmp_path_factory):
    return runs_in(tmp_path_factory.mktemp("hundred"), 100, EPOCHS)


# Not smaller: what is held whatever the log must not weigh more than its records.
LAYERS = LayersShape(blocks=50, records=size(350, 500))


@pytest.fixture(scope="module")
def many_layers(tmp_path_factory):
    root = tmp_path_factory.mktemp("layers")
    write_layers(root / "run", LAYERS)
    return root


def test_a_panel_of_ten_runs_of_a_hundred_epochs_takes_150_ms_warm(ten_runs, reader_flag):
    runs = [f"run{n}" for n in range(10)]
    with servers.tensorboard(ten_runs, reader_flag) as server:
        wait_until_loaded(server, len(runs))
        warmed = server.panel("attributions", *runs).body
        times = milliseconds(lambda: server.panel("attributions", *runs))
    reader = reader_of(reader_flag)
    report(f"{reader}: bytes of a panel of ten runs", len(warmed) / 1e6, unit="MB")
    report_median(f"{reader}: a panel of ten runs, warm", times, most=150)


def memory(pid):
    """Returns the bytes that a process and its children hold themselves, libraries apart."""
    process = Path(f"/proc/{pid}")
    lines = (process / "smaps_rollup").read_text().splitlines()
    kilobytes = sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty"))
    return 1024 * kilobytes + sum(memory(child) for child in children_of(pid))


def children_of(pid):
    tasks = Path(f"/proc/{pid}").glob("task/*/children")
    return [int(text) for task in tasks for text in task.read_text().split()]


@pytest.fixture(scope="module")
def held_anyway(tmp_path_factory, reader_flag):
    """The bytes that a TensorBoard holds, whatever the log."""
    root = tmp_path_factory.mktemp("anyway")
    return memory_of_nothing(root, reader_flag) + memory_of_the_first_panel(root, reader_flag)


def memory_of_nothing(root, reader_flag):
    """Returns the bytes that a TensorBoard without logs holds."""
    (root / "empty").mkdir()
    with servers.tensorboard(root / "empty", reader_flag) as server:
        server.catalog()
        time.sleep(2)
        return memory(server.pid)


def memory_of_the_first_panel(root, reader_flag):
    """Returns the bytes that are held once a panel of next to nothing was opened.

    Threads, channels and code are paid for once, whatever the log.
    """
    write_layers(root / "little" / "run", LayersShape(blocks=1, records=2))
    with servers.tensorboard(root / "little", reader_flag) as server:
        servers.eventually(lambda: last_step(server))
        time.sleep(2)
        before = memory(server.pid)
        server.panel("layers", "run")
        time.sleep(2)
        return memory(server.pid) - before


def bytes_below(root):
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def test_a_hundred_runs_are_listed_soon_and_held_in_1_5_times_their_bytes(
    held_anyway, hundred_runs, reader_flag
):
    disk, reader = bytes_below(hundred_runs), reader_of(reader_flag)
    with servers.tensorboard(hundred_runs, reader_flag) as server:
        loading = processor_seconds_of_loading(server, 100)
        listed, first = timed(server.catalog)
        assert len(listed["runs"]) == 100
        wait_until_loaded(server, 100)
        times = milliseconds(server.catalog)
        asked = [f"run{n}" for n in range(100)]
        window = "most=16&room=335544"
        level, cold = timed(lambda: server.panel("attributions", *asked, window=window))
        server.panel("attributions", *asked[:10])
        held = memory(server.pid) - held_anyway
    report(f"{reader}: start and loading of a hundred runs, processor time", loading, unit="s")
    report(f"{reader}: loading, per MB on disk", 1e9 * loading / disk, unit="ms")
    report(f"{reader}: catalog of a hundred runs, cold", first, unit="s", most=3)
    report_median(f"{reader}: catalog of a hundred runs, warm", times, most=300)
    report(f"{reader}: a level of a hundred runs, cold", cold, unit="s", most=3)
    report(f"{reader}: a level of a hundred runs / bytes on disk", len(level.body) / disk, most=0.3)
    # What is kept of records that were asked for is as much of a small log as of a large one.
    most = 1.5 + size(CACHE_BYTES / disk, 0)
    report(f"{reader}: memory with a hundred runs, in bytes on disk", held / disk, most=most)


def processor_seconds_of_loading(server, runs):
    # Not the plugin itself, which must not have answered anything yet, is asked what is loaded.
    servers.eventually(lambda: len(server.request("/data/runs").json) == runs, patience=300)
    servers.eventually(lambda: is_idle(server.pid), patience=300)
    return cpu_seconds(server.pid)


def is_idle(pid):
    """Whether a process and its children need less than a tenth of a core for two seconds."""
    before = cpu_seconds(pid)
    time.sleep(2)
    return cpu_seconds(pid) - before < 0.2


def cpu_seconds(pid):
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, after_name[11:13])) / os.sysconf("SC_CLK_TCK")
    return own + sum(cpu_seconds(child) for child in children_of(pid))


TEN_THOUSAND = size(2_000, 10_000)  # records of one series


def test_a_level_of_a_long_series_and_a_window_of_it_take_300_ms_warm(tmp_path, reader_flag):
    write_run(tmp_path / "run", RunShape(samples=8, epochs=TEN_THOUSAND - 1))
    with servers.tensorboard(tmp_path, reader_flag) as server:
        wait_until_loaded(server, 1)
        level = milliseconds(
            lambda: server.panel("attributions", "run", window="most=1280&room=33554432")
        )
        window = milliseconds(
            lambda: server.panel("attributions", "run", window="from=40000&to=41280")
        )
    reader = reader_of(reader_flag)
    report_median(f"{reader}: a level of a long series, warm", level, most=300)
    report_median(f"{reader}: a window of a long series, warm", window, most=300)


def last_step(server):
    runs = server.catalog()["runs"]
    return max((series["last_step"] for run in runs for series in run["series"]), default=0)


def test_records_of_three_hundred_layers_are_held_in_1_5_times_their_bytes(
    held_anyway, many_layers, reader_flag
):
    disk = bytes_below(many_layers)
    with servers.tensorboard(many_layers, reader_flag) as server:
        last = LAYERS.records * LAYERS.every
        servers.eventually(lambda: last_step(server) == last, patience=300)
        time.sleep(5)
        loaded = memory(server.pid) - held_anyway
        took = milliseconds(lambda: server.panel("layers", "run"), rounds=3)
        time.sleep(2)  # as often as it is opened, no more is held
        held = memory(server.pid) - held_anyway
    reader = reader_of(reader_flag)
    report(f"{reader}: a panel of three hundred layers", statistics.median(took), unit="ms")
    report(f"{reader}: memory with a layers' log, before a panel, in bytes on disk", loaded / disk)
    report(f"{reader}: memory with a layers' log, in bytes on disk", held / disk, most=1.5)
