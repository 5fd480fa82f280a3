"""The Overview's card of what `explain()` chose."""

from playwright.sync_api import expect

from tests import servers
from tests.golden import setups
from tests.synthetic_outputs import write_outputs_run
from tests.synthetic_runs import RecordWriter


def test_a_run_says_what_was_chosen_for_it_and_why(tmp_path, visit):
    write_outputs_run(tmp_path / "chosen", epochs=2)
    writer = RecordWriter(tmp_path / "alone")
    writer.write(setups.records()["v1_setup"], wall_time=1.8e9)
    writer.close()
    with servers.tensorboard(tmp_path) as server:
        servers.eventually(lambda: len(server.catalog()["runs"]) == 2)
        tab = visit(server).open("overview", runs=["alone", "chosen"])
        expect(tab["chosen"]).to_have_count(1)
        summary = tab["chosen"].locator("summary")
        expect(summary).to_contain_text('explain("standard") · image classification · 2 monitors')
        expect(tab["chosen"].get_by_text("whether all layers learn")).to_be_hidden()
        summary.click()
        expect(
            tab["chosen"].get_by_text("whether all layers learn (every 50 steps)")
        ).to_be_visible()
        expect(tab["chosen"]).to_contain_text("<b>cat</b>, größe (from the data set)")
        expect(tab["chosen"]).to_contain_text("at most 2.0 % of training time")
        expect(tab["chosen"]).to_contain_text("Net was not seen to attend")
        tab.picture("chosen")
        tab.wait_for_all_code()
