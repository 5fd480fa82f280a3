"""The reference that pdoc makes of the docstrings is whole, and its links lead somewhere."""

import importlib
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

# CONTRIBUTING.md has the same command.
MODULES = [
    "lightning_callbacks",
    "lightning_callbacks.backfill",
    "lightning_callbacks.editing",
    "lightning_callbacks.hugging_face",
    "lightning_callbacks.recorder",
    "lightning_callbacks.sensitivity",
    "tb_explain",
    "tb_explain.planning",
    "tb_explain.reading",
    "tb_explain.schema",
]

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """The links and anchors of an HTML file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if given.get("id"):
            self.anchors.add(given["id"])


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    """Every page of the reference, by its path."""
    root = tmp_path_factory.mktemp("reference")
    command = [sys.executable, "-m", "pdoc", "-d", "google", "-o", str(root), *MODULES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warn" not in done.stderr, done.stderr
    return {path: Page(path) for path in root.rglob("*.html")}


def page_of(reference, module):
    tail = Path(*module.split(".")).with_suffix(".html")
    return next(page for path, page in reference.items() if path.match(f"*/{tail}"))


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_described(reference, module):
    found = importlib.import_module(module)
    page = page_of(reference, module)
    for name in getattr(found, "__all__", []):
        assert name in page.anchors, name
        described = getattr(found, name)
        assert getattr(described, "__doc__", None), f"{module}.{name} has no docstring"


def test_links_lead_somewhere(reference):
    for path, page in reference.items():
        for link in page.links:
            if "://" in link or link.startswith("mailto:"):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path.resolve()
            known = {known.resolve(): other for known, other in reference.items()}
            assert target in known, f"{path.name}: {link}"
            assert not anchor or anchor in known[target].anchors, f"{path.name}: {link}"
