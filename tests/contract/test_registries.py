"""Lists kept by hand, compared with what exists."""

import importlib.metadata
import inspect
import re
from pathlib import Path

import pytest

from tb_explain import routes, schema
from tb_explain.panels import PANELS
from tb_explain.planning import ALLOCATORS
from tests.golden import make

ROOT = Path(__file__).parents[2]
REMOVALS = '"unstructured", "channel", "heads"'  # as the page abbreviates them


def stems(folder):
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__", "__main__"}


def test_every_panel_module_is_registered():
    assert set(PANELS) == stems("tb_explain/panels")


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_selects_series_for_a_query_and_says_what_it_is_for(name):
    select = PANELS[name]
    assert list(inspect.signature(select).parameters) in (["series", "query"], ["series", "_query"])
    module = inspect.getmodule(select)
    assert module.__doc__.lower().startswith(f"{name}:")
    assert set(module.KINDS) <= set(schema.KINDS)
    assert select([], routes.PanelQuery(("run",), None)) == []


def test_every_panel_has_a_folder_on_the_page_and_the_other_way_round():
    folders = {path.name for path in (ROOT / "frontend/src/panels").iterdir() if path.is_dir()}
    assert folders == set(PANELS)


def test_what_is_known_of_a_panel_at_once_brings_none_of_its_code_along():
    for name in PANELS:
        text = (ROOT / f"frontend/src/panels/{name}/index.ts").read_text()
        imports = re.findall(r"^import .*;$", text, re.MULTILINE)  # the recipe's have no semicolon
        assert all(line.startswith("import type ") for line in imports)
        assert 'load: () => import("./parts"),' in text


def test_the_page_names_its_panels_in_the_servers_order():
    text = (ROOT / "frontend/src/panels/index.ts").read_text()
    registry = text[text.index("PANELS") :]
    places = [registry.index(name) for name in PANELS]
    assert places == sorted(places)


@pytest.mark.parametrize("folder", ["tb_explain", "tb_explain/panels"])
def test_every_module_of_the_server_has_its_test_file(folder):
    untested = {"panels": set(PANELS)}.get(Path(folder).name, set())
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests/tb_explain").glob("*.py")}
    assert stems(folder) - untested <= tests


def test_every_kind_has_a_golden_record():
    assert {record.kind for record in make.records().values()} == set(schema.KINDS)


def test_every_golden_record_has_its_expectation():
    records = {path.stem for path in make.FOLDER.glob("*.bin")}
    assert records == {path.stem for path in make.FOLDER.glob("*.json")}
    assert set(make.records()) <= records


def test_the_page_offers_the_allocators_that_plan_on_the_server():
    text = (ROOT / "frontend/src/panels/sensitivity/asking.ts").read_text()
    start = text.index("ALLOCATORS: ")
    registry = text[start : text.index("\n];", start)]
    assert re.findall(r'name: "(\w+)"', registry) == list(ALLOCATORS)
    for name, allocator in ALLOCATORS.items():
        entry = registry[registry.index(f'name: "{name}"') :].split("name:")[1]
        edits = re.search(r"edits: \[(.*?)\]", entry)[1].replace("...REMOVALS", REMOVALS)
        assert set(re.findall(r'"([\w:]+)"', edits)) == set(allocator.edits)


def test_the_entry_point_is_the_loader():
    (entry,) = importlib.metadata.entry_points(group="tensorboard_plugins", name="tb_explain")
    assert entry.value == "tb_explain.loader:ExplainLoader"


def test_the_built_page_is_not_in_git():
    assert "tb_explain/static/" in (ROOT / ".gitignore").read_text().splitlines()


def test_constraints_pin_what_the_package_asks_for_itself():
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "constraints.txt").read_text(), re.M))
    asked = importlib.metadata.requires("tb-explain")
    names = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower().replace("_", "-") for line in asked}
    assert names <= pinned
