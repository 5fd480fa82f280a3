"""Faults planted for real, one at a time, in a log directory that is well without them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from torch.utils.tensorboard import SummaryWriter

from lightning_callbacks.recent import Recent
from lightning_callbacks.writer import RecordWriter as CallbacksWriter
from tb_explain import doctor, schema
from tb_explain.attempts import Attempt
from tb_explain.doctor import CHECKS, examine, files
from tb_explain.doctor.finding import Patient
from tb_explain.doctor.installation import OLDEST_TENSORBOARD
from tb_explain.reading.log import read_log
from tests import servers
from tests.logs import with_content, write_value
from tests.synthetic_runs import RecordWriter, RunShape, epoch_records, write_run

ROOT = Path(__file__).parents[3]
NOBODY = 65534  # the user that may do nothing
SHAPE = RunShape(samples=2, epochs=4)


@pytest.fixture
def logdir(tmp_path):
    """A healthy log directory of two runs."""
    for seed, run in enumerate(("a", "b")):
        write_run(tmp_path / "logs" / run, SHAPE, seed=seed)
    return tmp_path / "logs"


def file_of(logdir, run="a"):
    (path,) = (logdir / run).glob("*tfevents*")
    return path


def only(findings, check, severity):
    """Returns the one finding there is, once it is what it should be."""
    (finding,) = findings
    assert (finding.check, finding.severity) == (check, severity)
    assert finding.where
    assert finding.what.endswith(".")
    assert finding.cure
    return finding


def write(run_dir, *events):
    """Writes one event per list of records."""
    writer = RecordWriter(run_dir)
    for wall_time, records in events:
        writer.write(*records, wall_time=wall_time)
    writer.close()


def test_a_healthy_log_directory_has_nothing(logdir):
    assert examine(str(logdir)) == []


def test_every_check_is_named_for_what_it_finds():
    names = [check.__name__ for check in CHECKS]
    assert len(set(names)) == len(names)
    assert all(check.__doc__.startswith(("Finds ", "Says ")) for check in CHECKS)


# 1. Wrong directory.
def test_a_wrong_directory_is_found_and_the_right_one_named(logdir):
    found = examine(str(logdir.parent / "lightning_logs"))
    finding = only(found, "no_event_files", "error")
    assert str(logdir / "a") in finding.cure
    (logdir.parent / "empty").mkdir()
    finding = only(examine(str(logdir.parent / "empty")), "no_event_files", "error")
    assert "holds no event files" in finding.what
    assert str(logdir / "a") in finding.cure


def test_the_nearest_folders_are_named_first(tmp_path):
    for folder in ("aaa/far/off", "lightning_logs", "b/c"):
        EventFileWriter(str(tmp_path / folder)).close()
    (tmp_path / "nowhere").mkdir()
    finding = only(examine(str(tmp_path / "nowhere")), "no_event_files", "error")
    near, middle, far = (str(tmp_path / f) for f in ("lightning_logs", "b/c", "aaa/far/off"))
    assert finding.cure.index(near) < finding.cure.index(middle) < finding.cure.index(far)
    assert finding.cure.endswith(f"tensorboard --logdir {near!r}")


def test_a_neighbour_is_not_taken_for_a_directory_that_was_removed(logdir):
    shutil.rmtree(logdir / "a")
    finding = only(examine(str(logdir / "a")), "no_event_files", "error")
    assert "removed or moved" in finding.what
    assert "--logdir" not in finding.cure
    assert f"may be other trainings are in {logdir / 'b'}" in finding.cure


def test_a_directory_that_was_moved_is_named_by_where_it_is_now(logdir):
    (logdir / "old").mkdir()
    (logdir / "a").rename(logdir / "old" / "a")
    finding = only(examine(str(logdir / "a")), "no_event_files", "error")
    assert finding.cure.endswith(f"tensorboard --logdir {str(logdir / 'old' / 'a')!r}")


# 2. No callback.
def test_a_missing_callback_is_found(tmp_path):
    writer = EventFileWriter(str(tmp_path / "version_0"))
    value = summary_pb2.Summary.Value(tag="loss", simple_value=1.0)
    writer.add_event(event_pb2.Event(step=1, summary=summary_pb2.Summary(value=[value])))
    writer.close()
    finding = only(examine(str(tmp_path)), "no_records", "error")
    assert "callbacks=[" in finding.cure
    assert "ended before its first record" in finding.cure  # as it is when it was killed


def examined_with(path, logdir):
    """Returns what a doctor finds in whose environment `path` comes first."""
    environment = {**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tb_explain", "doctor", str(logdir), "--json"]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, cwd=path
    )
    assert done.returncode == 1, done.stderr
    return [doctor.Finding(**finding) for finding in json.loads(done.stdout)]


def distribution(folder, name, **files):
    """Writes the metadata of an installed package."""
    info = folder / f"{name}.dist-info"
    info.mkdir(parents=True)
    package, version = name.split("-")
    head = f"Metadata-Version: 2.1\nName: {package.replace('_', '-')}\nVersion: {version}\n"
    (info / "METADATA").write_text(head)
    for file, text in files.items():
        (info / f"{file}.txt").write_text(text)
    return folder


# 3. Plugin not registered, or not importable.
def test_a_missing_entry_point_is_found(logdir, tmp_path):
    path = distribution(tmp_path / "site", "tb_explain-0.1.0")
    finding = only(examined_with(path, logdir), "plugin", "error")
    assert "pip install" in finding.cure


def test_a_plugin_that_cannot_be_imported_is_found(logdir, tmp_path):
    entry = "[tensorboard_plugins]\ntb_explain = broken_plugin:ExplainLoader\n"
    path = distribution(tmp_path / "site", "tb_explain-0.1.0", entry_points=entry)
    (path / "broken_plugin.py").write_text("import a_module_that_is_nowhere\n")
    finding = only(examined_with(path, logdir), "plugin", "error")
    assert "a_module_that_is_nowhere" in finding.what


# 4. TensorBoard too old.
def test_an_old_tensorboard_is_found(logdir, tmp_path):
    path = distribution(tmp_path / "site", "tensorboard-2.9.1")
    finding = only(examined_with(path, logdir), "tensorboard_version", "error")
    assert "2.9.1" in finding.what
    assert "2.21" in finding.cure


def test_the_oldest_tensorboard_is_what_the_package_asks_for():
    oldest = ".".join(map(str, OLDEST_TENSORBOARD))
    assert f'"tensorboard>={oldest}"' in (ROOT / "setup.py").read_text()


# 5. Page not built.
def test_a_page_that_was_not_built_is_found(logdir, tmp_path):
    left_out = shutil.ignore_patterns("static", "__pycache__")
    shutil.copytree(ROOT / "tb_explain", tmp_path / "site" / "tb_explain", ignore=left_out)
    finding = only(examined_with(tmp_path / "site", logdir), "page", "error")
    assert "index.js" in finding.what
    assert "pip install" in finding.cure


# 6. Two writers in one directory.
def test_two_files_written_at_once_are_found(logdir):
    other = event_pb2.Event(wall_time=1.8e9 + 100, step=50)
    writer = EventFileWriter(str(logdir / "a"), filename_suffix=".other")
    writer.add_event(other)
    writer.close()
    # Its first event says when it was opened: now, before the invented times of the records.
    finding = only(examine(str(logdir)), "two_writers", "warning")
    assert finding.where == "a"
    assert "--load_fast=true" in finding.cure


# 7. Records that went missing; a server that samples is below.
def test_records_that_are_missing_are_found(tmp_path):
    events = [(1e9 + e, epoch_records(SHAPE, e)) for e in (-1, 0, 2, 3)]
    write(tmp_path / "a", *events)
    found = [f for f in examine(str(tmp_path)) if f.check == "missing_records"]
    finding = only(found, "missing_records", "warning")
    assert finding.where == "a, gradcam"
    assert "recorded 5 times, the files hold 4 of them (cam, predictions)" in finding.what


# 8. Truncated and altered files.
def test_a_truncated_record_is_found(logdir):
    path = file_of(logdir)
    path.write_bytes(path.read_bytes()[:-20])
    finding = only(examine(str(logdir)), "damaged_files", "warning")
    assert str(path) in finding.where
    assert "last record is incomplete" in finding.what


def test_an_altered_record_is_found(logdir):
    content = bytearray(file_of(logdir).read_bytes())
    content[content.index(b"output.0", len(content) // 2)] ^= 255
    file_of(logdir).write_bytes(content)
    damaged, *missing = examine(str(logdir))
    assert (damaged.check, damaged.severity) == ("damaged_files", "error")
    assert "TensorBoard reads nothing behind it" in damaged.what
    assert {finding.check for finding in missing} == {"missing_records"}


# 9. A monitor that failed, and one that was switched off.
@pytest.mark.parametrize(
    ("gap", "severity"),
    [
        ("RuntimeError: CUDA out of memory", "warning"),
        ("ValueError: no layer (switched off after 3 failures in a row)", "error"),
    ],
)
def test_gaps_are_found_with_their_cause(tmp_path, gap, severity):
    predictions = epoch_records(SHAPE, -1)[1]
    failed = replace(
        epoch_records(SHAPE, 0)[0], fields={**predictions.fields, "gap": gap}, arrays={}
    )
    write(tmp_path / "a", (1e9, epoch_records(SHAPE, -1)), (1e9 + 1, [failed]))
    finding = only(examine(str(tmp_path)), "gaps", severity)
    assert finding.where == "a, gradcam"
    assert gap in finding.what
    assert "step 40" in finding.what


# 10. Probes that have nothing in common.
def test_runs_of_other_samples_are_found(logdir):
    probe, *others = epoch_records(SHAPE, -1)
    fields = {**probe.fields, "hashes": ["x0", "x1"]}
    write(logdir / "c", (1e9, [replace(probe, fields=fields), *others]))
    finding = only(examine(str(logdir)), "different_samples", "warning")
    assert "a, b; c" in finding.what
    assert "probe" in finding.cure


# 11. A newer format.
def test_records_of_a_newer_format_are_found(logdir):
    content = {"version": schema.VERSION + 1, "kind": "cam", "monitor": "gradcam"}
    write_value(logdir / "c", with_content(json.dumps(content).encode()))
    finding = only(examine(str(logdir)), "unreadable_records", "error")
    assert finding.where.startswith("c, ")
    assert "--upgrade tb-explain" in finding.cure


def test_one_record_of_a_newer_format_is_found(logdir, monkeypatch):
    with monkeypatch.context() as newer:
        newer.setattr(schema, "VERSION", schema.VERSION + 1)
        value = schema.to_summary_value(epoch_records(SHAPE, 0)[1], first=True)
    value.metadata.plugin_data.content = value.metadata.plugin_data.content.replace(b"2", b"1")
    write_value(logdir / "c", value)
    finding = only(examine(str(logdir)), "unreadable_records", "error")
    assert "format version" in finding.what
    assert "--upgrade tb-explain" in finding.cure


def test_broken_records_are_one_finding_for_each_series(tmp_path):
    writer = EventFileWriter(str(tmp_path / "a"))
    for step in range(1000):
        record = replace(epoch_records(SHAPE, 0)[1], step=step, written=step + 1)
        value = schema.to_summary_value(record, first=True)
        if step >= 10:
            value.tensor.string_val[0] = b"broken"
        summary = summary_pb2.Summary(value=[value])
        writer.add_event(event_pb2.Event(wall_time=1e9 + step, step=step, summary=summary))
    writer.close()
    finding = only(examine(str(tmp_path)), "unreadable_records", "error")
    assert finding.where == "a, gradcam/cam"
    assert "990 of 1,000 records" in finding.what
    assert "of steps 10, 11, 12, 13, 14 and 985 more. The first, step 10: " in finding.what
    assert "Not a tb_explain record" in finding.what
    assert "altered" in finding.cure


# 12. Permissions.
def test_files_that_may_not_be_read_are_found():
    with tempfile.TemporaryDirectory() as name, as_an_ordinary_user(Path(name)):
        logs = Path(name, "logs")
        for run in ("a", "b"):
            write_run(logs / run, SHAPE)
        file_of(logs, "a").chmod(0o000)
        (logs / "b").chmod(0o000)
        found = list(files.unreadable_files(Patient(str(logs), read_log(str(logs)))))
        (logs / "b").chmod(0o755)
        assert {finding.where for finding in found} == {str(logs / "b"), str(file_of(logs, "a"))}
        assert all("Permission denied" in finding.what for finding in found)
        assert all("chmod" in finding.cure for finding in found)


@contextlib.contextmanager
def as_an_ordinary_user(owned):
    """Lays down what root may do, which is everything, for as long as the block lasts."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.chown(owned, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    except OSError as error:  # as in a container of one user
        pytest.skip(f"there is no ordinary user: {error}")
    try:
        yield
    finally:
        os.seteuid(0)


# 13. Steps that go backwards.
def test_a_training_that_began_again_in_the_same_directory_is_found(tmp_path):
    write(tmp_path / "a", *[(1e9 + e, epoch_records(SHAPE, e)) for e in range(-1, 4)])
    again = [(1e9 + 10 + e, epoch_records(SHAPE, e)[-2:]) for e in range(1, 4)]
    writer = RecordWriter(tmp_path / "b")
    for e in range(-1, 4):
        writer.write(*epoch_records(SHAPE, e), wall_time=1e9 + e)
    for wall_time, records in again:
        writer.write(*records, wall_time=wall_time)
    writer.close()
    finding = only(examine(str(tmp_path)), "steps_backwards", "warning")
    assert finding.where == "b"
    assert "from 160 to 80" in finding.what


@pytest.mark.parametrize(
    ("epochs", "severity"),
    [
        (range(1, 5), "note"),  # from a checkpoint after epoch 0, and on beyond where it was
        (range(1, 3), "warning"),  # not as far as it had been: records are lost
        (range(-1, 5), "warning"),  # all over again
    ],
)
def test_a_resumed_training_is_no_fault_once_it_is_as_far_again(tmp_path, epochs, severity):
    now = time.time()
    for file, (start, those) in enumerate([(now - 100, range(-1, 4)), (now + 100, epochs)]):
        write(tmp_path / str(file), *[(start + e, epoch_records(SHAPE, e)[-2:]) for e in those])
        (tmp_path / "a").mkdir(exist_ok=True)
        file_of(tmp_path, str(file)).rename(tmp_path / "a" / f"events.out.tfevents.{file}")
        (tmp_path / str(file)).rmdir()
    finding = only(examine(str(tmp_path)), "steps_backwards", severity)
    assert ("begun again" in finding.what) == (severity == "warning")


def test_what_a_resumed_training_took_back_is_noted(tmp_path):
    for epochs in (range(-1, 3), range(1, 5)):
        writer = CallbacksWriter(SummaryWriter(str(tmp_path / "a")))
        writer.begin(SHAPE.steps_per_epoch * epochs[0])
        for epoch in epochs:
            kinds = ("cam", "predictions")  # of one monitor, at one step
            writer.write([record for record in epoch_records(SHAPE, epoch) if record.kind in kinds])
        writer.close()
    finding = only(examine(str(tmp_path)), "taken_back", "note")
    first, last = SHAPE.steps_per_epoch * 2, SHAPE.steps_per_epoch * 3
    assert f"2 records (gradcam) of steps {first:,} to {last:,} lay behind" in finding.what


def test_what_was_taken_back_of_kept_records_is_noted_too(tmp_path):
    every, kept = (list(_predictions(monitor, 12)) for monitor in ("gradcam", "weights"))
    recent = Recent(str(tmp_path / "a"), "weights", 3)
    first = CallbacksWriter(SummaryWriter(str(tmp_path / "a")))
    for record, newest in zip(every, kept, strict=True):
        first.write([record])
        recent.write([newest], Attempt())
    for closed in (first, recent):
        closed.close()
    second = CallbacksWriter(SummaryWriter(str(tmp_path / "a")))
    second.begin(9)
    second.write([replace(every[10], step=10)])  # the other monitor is there no more
    second.close()
    finding = only(examine(str(tmp_path)), "taken_back", "note")
    assert finding.where == "a"
    assert "4 records (gradcam, weights) of steps 10 to 11 lay behind" in finding.what


def _predictions(monitor, count):
    for step in range(count):
        yield replace(
            epoch_records(SHAPE, 0)[0],
            monitor=monitor,
            step=step,
            written=step + 1,
            fields={"keep": "the first and the last 3", "activation": "none"},
        )


# 14. A schedule that was widened.
def test_a_widened_schedule_is_noted(tmp_path):
    records = epoch_records(SHAPE, -1)
    note = (
        "recording took 9% of the training time (limit 5%), so the schedule is now every 2 epochs"
    )
    records[1] = replace(records[1], fields={**records[1].fields, "notes": [note]})
    write(tmp_path / "a", (1e9, records))
    finding = only(examine(str(tmp_path)), "widened_schedules", "note")
    assert "max_overhead" in finding.cure


# 15. A running TensorBoard.
@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A healthy log directory, and one that a TensorBoard shows which never reloads and samples."""
    root = tmp_path_factory.mktemp("served")
    write(root / "a", *[(1e9 + e, epoch_records(SHAPE, e)) for e in range(-1, 4)])
    flags = ("--load_fast=false", "--reload_interval=0", "--samples_per_plugin=tb_explain_blobs=2")
    with servers.tensorboard(root, *flags) as running:
        servers.eventually(lambda: running.catalog()["runs"])
        yield root, running.url


def test_a_server_that_samples_is_found(served):
    root, url = served
    finding = only(examine(str(root), url), "server", "warning")
    assert "gradcam: 2 of 5" in finding.what
    assert "--samples_per_plugin=tb_explain=" in finding.cure


def test_a_server_of_another_directory_is_found(served, logdir):
    root, url = served
    finding = only(examine(str(logdir), url), "server", "error")
    assert str(root) in finding.what
    assert str(logdir) in finding.cure


def test_a_server_that_never_looks_again_is_found(served):
    root, url = served
    write(root / "later", (time.time() - 3600, epoch_records(SHAPE, -1)))
    found = [f for f in examine(str(root), url) if f.severity == "error"]
    shutil.rmtree(root / "later")
    finding = only(found, "server", "error")
    assert "later" in finding.where
    assert "--reload_interval" in finding.cure


def test_no_server_is_found(logdir):
    assert (
        "No TensorBoard answers"
        in only(examine(str(logdir), "http://localhost:1/"), "server", "error").what
    )
    assert "http://" in only(examine(str(logdir), "file:///etc"), "server", "error").cure
