"""The command line as a shell sees it: what goes where, and with which exit code."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.summary.writer.event_file_writer import EventFileWriter

import tb_explain
from tb_explain import schema
from tb_explain.cli import COMMANDS, main
from tb_explain.cli.output import opened
from tb_explain.exporting import png
from tests.synthetic_layer_tables import LayersShape
from tests.synthetic_layers import write_layers
from tests.synthetic_runs import RunShape, write_run

RUNS = ("clean/version_0", "shortcut/version_0")


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    root = tmp_path_factory.mktemp("logs")
    for seed, run in enumerate(RUNS):
        write_run(root / run, RunShape(samples=2, epochs=3), seed=seed)
    write_layers(root / "layers", LayersShape(blocks=1, records=2))
    return str(root)


@pytest.fixture
def call(capsys):
    """Returns what runs a command: (exit code, stdout, stderr)."""

    def run(*arguments):
        code = main(list(map(str, arguments)))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def contents(runs):
    return {
        (run, tag, record.step): schema.pack(record.stored)
        for run in runs
        for tag, series in runs[run].items()
        for record in series
    }


def test_list_says_what_each_run_holds(call, logdir):
    code, out, err = call("list", logdir)
    assert (code, err) == (0, "")
    header, *rows = out.splitlines()
    assert header.split() == ["run", "tag", "kind", "records", "steps", "epochs", "size"]
    (maps,) = [row for row in rows if row.startswith(f"{RUNS[0]} ") and " cam " in row]
    assert re.split(r"\s{2,}", maps)[1:6] == ["gradcam/cam", "cam", "4", "0 to 120", "-1 to 2"]


def test_list_chooses_by_run_tag_and_kind(call, logdir):
    code, out, _ = call("list", logdir, "--runs", "*short*", "--kind", "cam", "--json")
    (only,) = json.loads(out)
    assert (code, only["run"], only["tag"]) == (0, RUNS[1], "gradcam/cam")
    assert only["steps"] == [0, 40, 80, 120]
    _, out, _ = call("list", logdir, "--tags", "probe/*", "--json")
    assert {entry["kind"] for entry in json.loads(out)} == {"probe"}


def test_nothing_chosen_is_no_success(call, logdir, tmp_path):
    code, out, err = call("list", logdir, "--runs", "nowhere")
    assert (code, out) == (1, "")
    assert "tb-explain doctor" in err
    assert call("export", tmp_path, "--format", "html", "-o", tmp_path / "a.html")[0] == 1
    assert call("export", logdir, "--format", "png", "-o", tmp_path, "--kind", "probe")[0] == 1
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_directory_is_a_usage_error(call):
    for arguments in (
        ["list", "/nowhere"],
        ["show", "/nowhere", "r", "t"],
        ["export", "/nowhere", "--format", "html", "-o", "-"],
        ["export", "/nowhere", "--format", "csv", "-o", "-"],
    ):
        code, out, err = call(*arguments)
        assert (code, out) == (2, "")
        assert "'/nowhere' is not a directory" in err


def test_damage_is_warned_of_beside_the_data(call, tmp_path):
    write_run(tmp_path / "a", RunShape(samples=2, epochs=3))
    (path,) = (tmp_path / "a").iterdir()
    path.write_bytes(path.read_bytes()[:-9])
    code, out, err = call("list", tmp_path)
    assert code == 0
    assert "gradcam/cam" in out
    assert "warning: " in err
    assert "the file ends within a block" in err


def test_show_prints_fields_and_arrays_in_words(call, logdir):
    code, out, _ = call("show", logdir, RUNS[0], "gradcam/predictions", "--rows", 1)
    assert code == 0
    assert out.startswith(f"{RUNS[0]}, gradcam/predictions: predictions at step 120, epoch 2")
    assert "activation: softmax" in out
    assert "scores: float32 [2 sample x 5 rank]" in out
    assert "... 1 more rows: --rows 2" in out
    _, out, _ = call("show", logdir, "layers", "gradients/layer_statistics", "--step", 50)
    assert re.search(r"^layer\s+norm\s+mean", out, re.M)
    assert re.search(r"^stem\.conv\.weight\s+\d", out, re.M)


def test_show_as_json_is_the_whole_record(call, logdir):
    _, out, _ = call("show", logdir, RUNS[0], "gradcam/cam", "--step", 80, "--json")
    record = tb_explain.load(logdir)[RUNS[0]]["gradcam/cam"].at(80)
    shown = json.loads(out)
    assert (shown["step"], shown["epoch"], shown["fields"]) == (80, 1, dict(record.fields))
    read = np.array(shown["arrays"]["map.1"]).astype(np.float32)
    np.testing.assert_array_equal(read, record["map.1"])


def test_show_lists_the_choices(call, logdir):
    for arguments, expected in (
        (["nowhere", "t"], RUNS[0]),
        ([RUNS[0], "nothing"], "gradcam/cam"),
        ([RUNS[0], "gradcam/cam", "--step", 41], "[0, 40, 80, 120]"),
    ):
        code, _, err = call("show", logdir, *arguments)
        assert code == 2
        assert f"Expect one of {'' if expected[0] == '[' else '['}" in err
        assert expected in err


def test_npz_reloads_to_the_byte_and_is_itself_a_log(call, logdir, tmp_path):
    path = tmp_path / "new" / "records.npz"
    code, out, err = call("export", logdir, "--format", "npz", "-o", path)
    assert (code, out) == (0, "")
    assert "wrote " in err
    assert contents(tb_explain.load(path)) == contents(tb_explain.load(logdir))
    assert call("list", path)[1] == call("list", logdir)[1]


def test_csv_of_one_series_goes_to_stdout_and_of_several_into_a_folder(
    logdir, tmp_path, capfdbinary
):
    one = ["export", logdir, "--format", "csv", "--runs", RUNS[0]]
    assert main([*one, "--kind", "predictions", "-o", "-"]) == 0
    printed = capfdbinary.readouterr().out
    assert main([*one, "--kind", "predictions", "-o", str(tmp_path / "one.csv")]) == 0
    assert (tmp_path / "one.csv").read_bytes() == printed
    assert main([*one, "--kind", "predictions", "-o", str(tmp_path)]) == 0
    assert (tmp_path / RUNS[0] / "gradcam" / "predictions.csv").read_bytes() == printed
    assert printed.startswith(b"step,epoch,array,sample,rank,value\n")


def test_csv_of_several_does_not_fit_one_file(call, logdir, tmp_path):
    for output in ("-", tmp_path / "all.csv"):
        code, out, err = call("export", logdir, "--format", "csv", "-o", output)
        assert (code, out) == (2, "")
        assert "do not fit one table" in err
    assert list(tmp_path.iterdir()) == []


def test_csv_of_one_array_names_those_there_are(call, logdir, tmp_path):
    one = ("export", logdir, "--format", "csv", "--runs", RUNS[0], "--kind", "cam")
    assert call(*one, "-o", tmp_path / "a.csv", "--array", "map.0")[0] == 0
    assert len((tmp_path / "a.csv").read_text().splitlines()) == 1 + 4 * 2 * 49
    code, _, err = call(*one, "-o", tmp_path / "b.csv", "--array", "map.9")
    assert code == 2
    assert "Expect one of ['map.0'" in err


def test_an_export_that_fails_leaves_what_was_there(call, logdir, tmp_path):
    one = ("export", logdir, "--format", "csv", "--kind", "cam", "--array", "nope")
    kept = tmp_path / "keep.csv"
    kept.write_text("kept")
    assert call(*one, "--runs", RUNS[0], "-o", kept)[0] == 2
    assert call(*one, "-o", tmp_path)[0] == 2
    with pytest.raises(TypeError), opened(str(kept)) as file:
        file.write(b"half"[0])
    assert [(path, path.read_text()) for path in tmp_path.iterdir()] == [(kept, "kept")]


def test_an_export_replaces_a_file_and_keeps_its_mode_and_its_link(call, logdir, tmp_path):
    path, link = tmp_path / "a.npz", tmp_path / "link.npz"
    path.touch(0o640)
    link.symlink_to(path)
    assert call("export", logdir, "--format", "npz", "-o", link)[0] == 0
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert contents(tb_explain.load(path)) == contents(tb_explain.load(logdir))
    assert call("export", logdir, "--format", "npz", "-o", os.devnull)[0] == 0


def test_a_format_says_what_it_cannot_be_made_of(call, logdir, tmp_path):
    path = tmp_path / "a.npz"
    call("export", logdir, "--format", "npz", "-o", path)
    code, _, err = call("export", path, "--format", "html", "-o", tmp_path / "a.html")
    assert code == 2
    assert "html is made of event files" in err
    drawn = ("export", logdir, "--format", "png", "-o", tmp_path / "png")
    code, _, err = call(*drawn, "--kind", "predictions")
    assert code == 1
    assert "of the kinds cam, attribution" in err
    assert "holds none: predictions." in err
    assert "holds no such records" in call(*drawn, "--tags", "nothing")[2]


def test_png_writes_a_strip_for_each_map(call, logdir, tmp_path):
    code, _, err = call("export", logdir, "--format", "png", "--runs", RUNS[0], "-o", tmp_path)
    assert code == 0
    assert "2 film strips" in err
    folder = tmp_path / RUNS[0] / "gradcam" / "cam"
    assert {path.name for path in folder.iterdir()} == {
        "gradcam, features.7, label.png",
        "hirescam, features.7, label.png",
    }
    assert all(png.decode(path.read_bytes()).std() > 10 for path in folder.iterdir())


def test_html_holds_the_chosen_runs(call, logdir, tmp_path):
    path = tmp_path / "a.html"
    code, _, err = call("export", logdir, "--format", "html", "--runs", "clean*", "-o", path)
    assert code == 0
    assert "a report of " in err
    assert RUNS[0] in path.read_text()
    assert RUNS[1] not in path.read_text()


def test_html_says_what_had_to_be_left_out(call, tmp_path):
    write_run(tmp_path / "logs" / "a", RunShape(samples=16, epochs=40, map_size=28))
    whole, fitted = tmp_path / "whole.html", tmp_path / "fitted.html"
    one = ("export", tmp_path / "logs", "--format", "html")
    assert call(*one, "-o", whole, "--max-size", 0)[2].count("is kept") == 0
    limit = whole.stat().st_size / 1e6 - 0.03
    code, _, err = call(*one, "-o", fitted, "--max-size", limit)
    assert code == 0
    assert "cam: one record in " in err
    assert fitted.stat().st_size <= limit * 1e6


def test_html_that_cannot_fit_is_not_written_and_says_what_it_takes(call, logdir, tmp_path):
    path = tmp_path / "a.html"
    one = ("export", logdir, "--format", "html", "-o", path, "--max-size")
    code, out, err = call(*one, 0.1)
    assert (code, out, path.exists()) == (2, "", False)
    assert "is kept" not in err
    assert "for the page itself" in err
    (needed,) = re.findall(r"It takes at least ([\d.]+) MB", err)
    assert call(*one, needed)[0] == 0
    assert path.stat().st_size <= float(needed) * 1e6


def test_what_cannot_be_written_is_a_usage_error(call, logdir, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = call("export", logdir, "--format", "npz", "-o", tmp_path / "file" / "a.npz")
    assert code == 2
    assert "cannot be written" in err


def test_the_doctors_exit_code_tells_ill_from_well(call, logdir, tmp_path):
    code, out, err = call("doctor", logdir)
    assert (code, out) == (0, ""), out
    assert "nothing wrong was found" in err
    EventFileWriter(str(tmp_path / "a")).close()
    code, out, _ = call("doctor", tmp_path)
    assert code == 1
    assert re.search(r"^error: .*\n(  .*\n)+  cure: Add a callback", out)
    code, out, _ = call("doctor", tmp_path, "--json")
    assert code == 1
    assert json.loads(out)[0]["severity"] == "error"


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["list"], ["export", "x"]])
def test_wrong_arguments_are_usage_errors(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: tb-explain" in capsys.readouterr().err


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert all(f"\n    {name} " in printed for name in COMMANDS)


def test_a_reader_that_has_seen_enough_ends_it_quietly(logdir):
    command = [sys.executable, "-m", "tb_explain", "export", logdir, "--format", "csv"]
    command += ["--runs", RUNS[0], "--kind", "probe", "-o", "-"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        command, stdout=write, stderr=subprocess.PIPE, text=True, check=False, env=environment
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")


def test_names_that_no_terminal_can_show_are_escaped(tmp_path):
    write_run(tmp_path / "a", RunShape(samples=2, epochs=1))
    write_run(tmp_path / "b", RunShape(samples=2, epochs=1))
    (tmp_path / "b").rename(os.fsdecode(os.fsencode(tmp_path) + b"/r\xff"))
    command = [sys.executable, "-m", "tb_explain", "doctor", str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert done.returncode == 1, done.stderr
    assert b"r\\udcff" in done.stdout
    assert list(tb_explain.load(tmp_path)) == ["a"]


def test_the_console_script_is_this_program():
    text = (Path(__file__).parents[3] / "setup.py").read_text()
    assert '"tb-explain = tb_explain.cli:main"' in text
