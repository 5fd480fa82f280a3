"""The route that plans, in both of TensorBoard's readers."""

import json
from urllib.parse import urlencode

import numpy as np
import pytest

from tb_explain import planning, plans, schema
from tb_explain.planning.sensitivity import from_record
from tests import servers
from tests.synthetic_runs import RecordWriter
from tests.synthetic_sensitivity import (
    STEPS_PER_EPOCH,
    SensitivityShape,
    plan_fields,
    record,
    write_sensitivities,
)

SHAPE = SensitivityShape(epochs=4)
LAST = SHAPE.last_step
MONITORS = {
    "unstructured": "sensitivity",
    "channel": "sensitivity_channel",
    "bits": "sensitivity_bits",
}


@pytest.fixture(scope="module")
def planned_logs(tmp_path_factory):
    root = tmp_path_factory.mktemp("planned")
    write_sensitivities(root / "clean", SHAPE)
    writer = RecordWriter(root / "hostile")
    for step, (fields, arrays) in enumerate(hostile()):
        found = schema.Record("sensitivity", "sensitivity", step, 0, step + 1, fields, arrays)
        writer.write(found, wall_time=1.8e9 + step)
    writer.close()
    return root


def hostile():
    """Yields fields and arrays that are no sensitivity, or one that can't be planned with."""
    good = record(SHAPE, "unstructured", 3, 0)
    fields, arrays = dict(good.fields), dict(good.arrays)
    yield {**fields, "gap": "RuntimeError: out of memory"}, {}
    yield {**fields, "units": [{"name": "a"}]}, arrays
    yield fields, {**arrays, "removed": arrays["removed"][:, :2]}
    yield {**fields, "units": [{**unit, "size": 0} for unit in fields["units"]]}, arrays
    yield {**fields, "layers": [_layer(out=99)]}, arrays
    yield fields, {name: array for name, array in arrays.items() if "kl" not in name}
    yield fields, {**arrays, "kl_batch": np.full_like(arrays["kl_batch"], np.inf)}


def _layer(out):
    return {"name": "a", "parameters": 1, "macs": 1, "seconds": None, "out": out, "ins": []}


@pytest.fixture(scope="module")
def planner(planned_logs, reader_flag):
    with servers.tensorboard(planned_logs, reader_flag) as server:
        servers.eventually(lambda: last_steps(server) == [LAST, len(list(hostile())) - 1])
        yield server


def last_steps(server):
    return [max(s["last_step"] for s in run["series"]) for run in server.catalog()["runs"]]


def asked(server, *more, **query):
    least = {"run": "clean", "monitor": "sensitivity", "step": LAST, "of": "parameters"}
    pairs = [*{**least, "keep": 0.3, **query}.items(), *more]
    return server.request(f"{servers.PLUGIN}/plan?{urlencode(pairs)}")


def error_of(answer, status):
    assert answer.status == status, answer.body
    assert answer.json["error"]["status"] == status
    return answer.json["error"]["message"]


@pytest.mark.parametrize("edit", MONITORS)
def test_the_page_is_given_the_plan_that_the_command_line_makes(planner, edit):
    of = "bytes" if edit == "bits" else "parameters"
    answer = asked(planner, monitor=MONITORS[edit], of=of, keep=0.3, keep_first=1)
    assert answer.status == 200, answer.body
    made = planning.make_plan(
        from_record(record(SHAPE, edit, 3, 0)),
        planning.Budget(of, 0.3),
        constraints=planning.Constraints(keep_first=True),
        source={"monitor": MONITORS[edit], "step": LAST, "epoch": 3},
    )
    assert answer.body.decode() == made.to_json()
    assert planning.Plan.from_json(answer.body).units[0].cut == 0


def test_frozen_units_stay_whole_and_the_others_pay(planner):
    free = {unit["name"]: unit for unit in asked(planner).json["units"]}
    name = max(free, key=lambda each: free[each]["cut"])
    frozen = asked(planner, ("frozen", name), keep=0.6).json
    cuts = {unit["name"]: unit["cut"] for unit in frozen["units"]}
    assert cuts[name] == 0
    assert frozen["predicted"]["parameters_kept"] == pytest.approx(0.6, abs=1e-4)


def test_a_plan_is_not_sent_twice(planner):
    first = asked(planner)
    query = urlencode({"run": "clean", "monitor": "sensitivity", "step": LAST, "of": "parameters"})
    again = planner.request(
        f"{servers.PLUGIN}/plan?{query}&keep=0.3", If_None_Match=first.headers["ETag"]
    )
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"run": "../clean"}, 404, "holds no sensitivity"),
        ({"monitor": "another"}, 404, "holds no sensitivity of a monitor 'another'"),
        ({"step": 7}, 404, f"at step 7. Steps: [0, {STEPS_PER_EPOCH}"),
        ({"keep": "much"}, 400, "a number such as 0.5"),
        ({"allocator": "magic"}, 400, "Expect one of"),
        ({"frozen": "no such unit"}, 400, "No unit is named"),
        ({"of": "bytes"}, 400, "budget of 'bytes'"),
        ({"minimum": 10**9, "keep": 0.001}, 400, "the smallest that can be reached"),
        ({"sql": "1"}, 400, "'sql' is not asked of a plan"),
    ],
)
def test_what_cannot_be_planned_is_answered_in_words(planner, query, status, words):
    assert words in error_of(asked(planner, **query), status)


def test_records_that_lie_are_refused_and_never_an_internal_error(planner):
    steps = range(len(list(hostile())))
    answers = [asked(planner, run="hostile", step=step) for step in steps]
    assert [answer.status for answer in answers] == [404] * (len(steps) - 1) + [400]
    assert "can be reached is 1" in error_of(answers[-1], 400)
    assert all("holds no sensitivity that can be read" in error_of(a, 404) for a in answers[:-1])


def test_the_panel_holds_sensitivities_and_plans(planner):
    frame = planner.panel("sensitivity", "clean").frame
    kinds = {(entry["monitor"], entry["kind"]) for entry in frame.header["series"]}
    assert kinds == {(monitor, "sensitivity") for monitor in MONITORS.values()} | {
        ("shrink-to-plan", "plan")
    }
    only = planner.panel("sensitivity", "clean", monitor="sensitivity").frame
    assert [entry["monitor"] for entry in only.header["series"]] == ["sensitivity"]
    stages = [each.fields["stage"] for each in frame.unpacked("clean", "shrink-to-plan/plan")]
    assert stages == ["planned", "applied", "finished"]


def test_a_synthetic_plan_is_one_that_can_be_read():
    assert planning.Plan.from_json(json.dumps(plan_fields("finished", 0)["plan"])).edit == "channel"


def test_few_decoded_records_are_kept():
    assert plans.HELD < 100
