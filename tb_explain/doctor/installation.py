"""Whether this environment's TensorBoard would show the tab at all."""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import re
from collections.abc import Iterator

from tb_explain import routes, schema
from tb_explain.doctor.finding import Finding, Patient

OLDEST_TENSORBOARD = (2, 21)
_REINSTALL = (
    "Install tb-explain with the pip of the environment that runs TensorBoard: "
    "python -m pip install --force-reinstall --no-deps tb-explain"
)


def plugin(_patient: Patient) -> Iterator[Finding]:
    """Finds that TensorBoard knows nothing of the plugin, or cannot import it."""
    found = importlib.metadata.entry_points(group="tensorboard_plugins", name=schema.SERIES_PLUGIN)
    if not found:
        what = "TensorBoard finds no plugin of this name in this environment: no tab Explain."
        yield Finding("plugin", "error", "this environment", what, _REINSTALL)
    for entry in found:
        try:
            entry.load()
        except Exception as error:  # noqa: BLE001  # whatever it is, TensorBoard stumbles over it
            what = f"The plugin cannot be imported: {type(error).__name__}: {error}."
            yield Finding("plugin", "error", entry.value, what, _REINSTALL)


def tensorboard_version(_patient: Patient) -> Iterator[Finding]:
    """Finds a TensorBoard that is too old."""
    installed = importlib.metadata.version("tensorboard")
    if tuple(int(n) for n in re.findall(r"\d+", installed)[:2]) < OLDEST_TENSORBOARD:
        oldest = ".".join(map(str, OLDEST_TENSORBOARD))
        what = f"TensorBoard {installed} is installed; the tab needs {oldest} or newer."
        cure = f"python -m pip install 'tensorboard>={oldest}', then start TensorBoard again."
        yield Finding("tensorboard_version", "error", "this environment", what, cure)


def page(_patient: Patient) -> Iterator[Finding]:
    """Finds that the page was never built."""
    folder = importlib.resources.files("tb_explain") / "static"
    names = {file.name for file in folder.iterdir()} if folder.is_dir() else set()
    missing = {routes.PAGE, routes.REPORT} - names
    if missing:
        what = (
            f"The page was not built: {sorted(missing)} are missing, so that the tab stays empty."
        )
        cure = (
            "Install the package with pip, which builds the page; of a checkout: "
            "python -m pip install -e ., or npm run build in frontend/."
        )
        yield Finding("page", "error", str(folder), what, cure)
