"""The small form of the documented run, and what larger ones have found."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tb_explain import schema
from tests.fuzz import damaged, decoding, page, pictures, records, runs, seeds, servers, targets
from tests.fuzz.tally import Tallies

FOUND = sorted((Path(__file__).parent / "found").glob("*.bin"))
SEED = 2


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    """Sound runs under hostile names."""
    written = tmp_path_factory.mktemp("logs")
    servers.write_logs(written)
    return written


def faults(tallies: Tallies) -> list[str]:
    return [fault for tally in tallies.values() for fault in tally.faults]


def test_records_are_refused_or_good_for_every_use(folder):
    tallies = targets.fuzz_records(SEED, range(4000), folder)
    assert faults(tallies) == []
    # Damage that stops at the first check would tell nothing of those behind it.
    for side in ("Python", "page"):
        for kind in schema.KINDS:
            assert tallies[f"{side}: {kind}"].ends["accepted"] > 20


def test_panels_bear_damaged_runs(folder):
    assert faults(targets.fuzz_runs(SEED, range(150), folder)) == []


def test_commands_and_routes_bear_damaged_event_files():
    assert faults(targets.fuzz_logs(SEED, range(6))) == []


def test_routes_answer_whatever_they_are_asked(logdir):
    tallies = targets.fuzz_requests(SEED, range(3000), logdir)
    assert faults(tallies) == []
    assert {"200", "304", "400", "404", "405"} <= set(tallies["requests in this process"].ends)


def test_a_real_tensorboard_bears_damaged_runs(tmp_path):
    tallies = damaged.fuzz(SEED, 3, tmp_path)
    assert faults(tallies) == []
    assert all(tally.ends["200"] > 40 for tally in tallies.values())


def test_a_traceback_in_a_log_counts_unless_it_was_meant():
    thrown = 'Traceback (most recent call last):\n  File "/x/tb_explain/reader.py", line 1\n'
    said = "E1122 21:16:11.255372 1 reader.py:120] tb_explain cannot"
    log = f"{said} read 'a'\n{thrown}{said} answer /x\n{thrown}Exception in thread a:\n{thrown}"
    assert len(damaged.complaints(log)) == 2


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.stem)
def test_what_was_found_is_refused_or_good_for_every_use(path, folder):
    data = path.read_bytes()
    with contextlib.suppress(schema.RecordError):
        decoding.read(data, thorough=True)
    running = page.Page(folder)
    (answer,) = running.ask([page.Message(data)])
    running.close()
    assert "error" not in answer


def test_a_case_is_made_again_from_its_seed_and_number():
    assert records.case(5, 1234) == records.case(5, 1234)
    assert runs.case(5, 12) == runs.case(5, 12)
    assert records.case(5, 1234).data != records.case(6, 1234).data


def test_what_is_taken_apart_and_put_together_is_the_same_record():
    for block in seeds.blocks():
        again = schema.unpack(block.packed())
        assert (again.kind, len(again.arrays)) == (block.kind, len(block.arrays))
        decoding.checks.check(again)


def test_a_page_that_dies_is_noticed_and_started_again(folder):
    class Deadly(page.Message):
        def packed(self):
            return struct.pack("<III", 1, 0, 0)  # a log without a catalog

    running = page.Page(folder)
    assert "error" in running.ask([Deadly(b"")])[0]
    running.close()
    sound = seeds.blocks()[0].packed()
    assert running.ask([page.Message(sound)]) == [{}]
    running.close()


@given(st.binary(max_size=200))
@settings(deadline=None)  # the machine may be busy
def test_any_bytes_are_a_record_or_refused(data):
    with pytest.raises(schema.RecordError):
        schema.unpack(data)


def test_no_kind_of_picture_bomb_is_left_out():
    drawn = {
        pictures.hostile(each)[:8] for each in map(targets.records.draws.of, [1] * 99, range(99))
    }
    assert pictures.SIGNATURE in drawn
    assert len(drawn) > 5
