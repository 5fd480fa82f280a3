"""The Overview's lines of alerts, and where they lead."""

from playwright.sync_api import expect

from tests import servers
from tests.browser.test_layers import last_steps
from tests.synthetic_layers import LayersShape, write_layers
from tests.synthetic_outputs import write_outputs_run

SHAPE = LayersShape(blocks=2, records=20)
EPOCHS = 4


def test_a_run_tells_its_alerts_and_leads_to_their_layers(tmp_path, visit):
    write_layers(tmp_path / "faulty", SHAPE)
    write_outputs_run(tmp_path / "faulty", epochs=EPOCHS)
    write_outputs_run(tmp_path / "sound", epochs=EPOCHS, seed=1)
    with servers.tensorboard(tmp_path) as server:
        servers.eventually(lambda: last_steps(server) == [1000, 50 * EPOCHS])
        tab = visit(server)
        tab.open("overview", runs=["faulty", "sound"])
        expect(tab["moment"]).to_have_text(f"step {50 * EPOCHS}")  # no alert is a moment
        expect(tab["run-alerts"]).to_have_count(1)
        vanishing = "4 layers: vanishing gradients since step 300"
        expect(tab["run-alerts"]).to_contain_text(vanishing)
        tab["run-alerts"].get_by_role("button", name=vanishing).click()
        expect(tab["layers-title"]).to_have_text("stem.conv.weight")
        expect(tab["layers-statistic"]).to_have_value("norm")
        tab.wait_for_all_code()
