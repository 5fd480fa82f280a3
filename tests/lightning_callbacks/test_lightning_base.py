"""Either Lightning is served, in whatever order the imports stand."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CHECK = """
import sys, {first}, {second}
from lightning_callbacks import GradCAMMonitor
import {package} as L
assert isinstance(GradCAMMonitor(), L.Callback)
others = {{"pytorch_lightning", "lightning.pytorch"}} - {{"{package}"}}
print(sorted(name for name in others if name in sys.modules))
"""


def loaded_others(first: str, second: str, package: str) -> str:
    code = CHECK.format(first=first, second=second, package=package)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("package", ["pytorch_lightning", "lightning.pytorch"])
def test_only_the_lightning_that_is_used_is_loaded(package):
    assert loaded_others(package, "lightning_callbacks", package) == "[]"


def test_a_lightning_imported_after_us_is_served_too():
    assert "pytorch_lightning" in loaded_others(
        "lightning_callbacks", "lightning.pytorch", "lightning.pytorch"
    )
