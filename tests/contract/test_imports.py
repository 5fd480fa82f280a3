"""Who may import whom: ARCHITECTURE.md says why."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TRAINING_ONLY = {"torch", "lightning", "pytorch_lightning", "lightning_callbacks", "captum"}
# The server's modules from the bottom up: each may import those before it.
LAYERS = (
    "attempts",
    "schema",
    "histograms",
    "planning",
    "slab",
    "window",
    "cache",
    "listing",
    "reader",
    "frame",
    "responses",
    "plan_query",
    "plans",
    "routes",
    "panels",
    "plugin",
    "reading",
    "exporting",
    "doctor",
    "cli",
    "__main__",
)
PACKAGES = ("panels", "planning", "reading", "exporting", "doctor", "cli")


def modules(package):
    return sorted((ROOT / package).rglob("*.py"))


def imported(path):
    """Yields the full name of every module or name that `path` imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_package(path, package):
    prefix = package + "."
    return {
        name.removeprefix(prefix).split(".")[0]
        for name in imported(path)
        if name.startswith(prefix)
    }


def identity(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", modules("tb_explain"), ids=identity)
def test_the_server_knows_nothing_of_training(path):
    assert not TRAINING_ONLY & {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", modules("lightning_callbacks"), ids=identity)
def test_training_knows_only_the_servers_schema_and_planning(path):
    known = {"attempts", "schema", "histograms", "planning"}
    assert of_package(path, "tb_explain") <= known


@pytest.mark.parametrize("path", modules("lightning_callbacks"), ids=identity)
def test_training_knows_nothing_of_http(path):
    http = {"http", "werkzeug", "urllib", "socket", "requests", "wsgiref"}
    assert not http & {name.split(".")[0] for name in imported(path)}


@pytest.mark.parametrize("path", modules("tb_explain"), ids=identity)
def test_the_servers_modules_import_downwards_only(path):
    parts = path.relative_to(ROOT / "tb_explain").with_suffix("").parts
    if parts[0] not in LAYERS:
        return
    is_package = parts[0] in PACKAGES
    allowed = set(LAYERS[: LAYERS.index(parts[0]) + is_package])
    assert of_package(path, "tb_explain") <= allowed


@pytest.mark.parametrize("path", modules("tb_explain"), ids=identity)
def test_only_the_registry_imports_a_panel(path):
    if path != ROOT / "tb_explain" / "panels" / "__init__.py":
        assert not [
            name
            for name in imported(path)
            if name.startswith("tb_explain.panels.") and name != "tb_explain.panels.PANELS"
        ]


def test_the_reader_knows_neither_http_nor_the_file_system():
    banned = {"http", "werkzeug", "os", "pathlib", "io", "glob", "shutil", "tempfile"}
    for name in ("reader", "listing", "cache", "slab", "frame"):
        path = ROOT / "tb_explain" / f"{name}.py"
        assert not banned & {name.split(".")[0] for name in imported(path)}
        assert "open(" not in path.read_text()


def test_nothing_the_server_reads_is_executed_or_unpickled():
    for path in modules("tb_explain"):
        assert not {"pickle", "marshal", "shelve", "yaml", "subprocess"} & set(imported(path))
