"""Where a user's own flag samples records away, the page says of how many."""

import pytest
from playwright.sync_api import expect

from tests import servers
from tests.synthetic_runs import RunShape, write_run


@pytest.fixture
def sampled(tmp_path, visit, reader_flag):
    write_run(tmp_path / "run", RunShape(samples=2, epochs=59))
    flag = "--samples_per_plugin=tb_explain=20,tb_explain_blobs=12"
    with servers.tensorboard(tmp_path, reader_flag, flag) as server:
        servers.eventually(lambda: last_step(server) == 59 * 40)
        tab = visit(server)
        yield tab
        tab.wait_for_all_code()


def last_step(server):
    series = [each for run in server.catalog()["runs"] for each in run["series"]]
    return max((each["last_step"] for each in series if each["kind"] == "cam"), default=None)


def test_it_says_how_many_of_how_many_are_shown(sampled):
    sampled.open("overview")
    expect(sampled["kept"]).to_have_text("showing 20 of 60 records")
    expect(sampled["run-card"]).to_contain_text("20 of 60 records")
    sampled.open("attributions")
    expect(sampled["kept"]).to_have_text("showing 12 of 60 records")
    sampled.picture("sampled")
