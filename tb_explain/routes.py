"""The HTTP edge: what is asked, what is answered, and the one shape of every error.

Below `/data/plugin/tb_explain/`, GET only: `index.js` (the page) and the files it imports,
`catalog` (JSON: which run holds what), `panel/<name>?run=...` (a binary frame, see frame.py) and
`plan?run=...` (a plan.json, see plan_query.py). Of long runs a panel's `most` and `room` ask for a
level of detail, `beyond` for what it adds to a coarser one, `from` and `to` for all records of a
range of steps (see window.py).
Nothing from a request is ever used as a path. Never raises into TensorBoard.
"""

from __future__ import annotations

import importlib.resources
import json
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from tensorboard import errors, plugin_util
from werkzeug import wrappers

from tb_explain import frame, responses
from tb_explain.listing import Index, Series
from tb_explain.reader import Reader, Scope
from tb_explain.responses import shown
from tb_explain.window import EVERYTHING, FEWEST, Window

if TYPE_CHECKING:
    from tb_explain.plans import Planner

PAGE = "index.js"
REPORT = "report.js"  # for exporting/html.py, not for browsers to fetch
CATALOG_FORMAT = 1

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PanelQuery:
    """What a panel is asked for: some runs, one monitor or all (None), and which of its records."""

    runs: tuple[str, ...]
    monitor: str | None
    window: Window = EVERYTHING


# Which of the asked runs' series a panel needs.
Select = Callable[[Sequence[Series], PanelQuery], Sequence[Series]]


class MethodNotAllowedError(errors.PublicError):
    """Another method than GET."""

    http_code = HTTPStatus.METHOD_NOT_ALLOWED

    def __init__(self, method: str) -> None:
        super().__init__(f"{shown(method)} is not allowed; only GET is.")
        self.headers.append(("Allow", "GET"))


class Routes:
    """The WSGI application for every path below the plugin's own."""

    def __init__(self, reader: Reader, panels: Mapping[str, Select], *, prefix: str) -> None:
        """Serves `panels` from `reader` below `prefix`, which ends in a slash."""
        self._reader = reader
        self._planner: Planner | None = None
        self._panels = panels
        self._prefix = prefix
        # A restarted server may sample its logs differently.
        self._session = secrets.token_hex(8)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answers one request."""
        request = wrappers.Request(environ)
        try:
            answer = self._answer(request)
        except errors.PublicError as error:
            answer = responses.error(
                request, HTTPStatus(error.http_code), str(error), error.headers
            )
        except Exception:
            logger.exception("tb_explain cannot answer %s", request.path)
            message = "The server failed to answer; its log says why."
            answer = responses.error(request, HTTPStatus.INTERNAL_SERVER_ERROR, message)
        return answer(environ, start_response)

    def _answer(self, request: wrappers.Request) -> responses.Response:
        if request.method != "GET":
            raise MethodNotAllowedError(request.method)
        path = request.path.removeprefix(self._prefix)
        scope = Scope(
            plugin_util.context(request.environ), plugin_util.experiment_id(request.environ)
        )
        if path == "catalog":
            return responses.respond(request, self._catalog(scope))
        if path == "plan":
            return responses.respond(request, self._plan(request, scope))
        if path.startswith("panel/"):
            return self._panel(request, scope, path.removeprefix("panel/"))
        files = _static_files()
        if path in files or path == PAGE:
            return responses.respond(request, _static(files, path))
        served = [*files, "catalog", "panel/<name>", "plan"]
        raise errors.NotFoundError(f"{shown(path)}. Expect one of {served}.")

    def _catalog(self, scope: Scope) -> responses.Body:
        index = self._reader.index(scope)
        start_times = self._reader.start_times(scope) if index.series else {}
        catalog = {
            "format": CATALOG_FORMAT,
            "experiment": self._reader.location(scope),
            "runs": [
                {"run": run, "start_time": start_times.get(run), "series": series}
                for run, series in _by_run(index).items()
            ],
            "unreadable": [asdict(entry) for entry in index.unreadable],
        }
        content = json.dumps(catalog, allow_nan=False).encode()
        return responses.Body(content, "application/json", responses.digest(content))

    def _plan(self, request: wrappers.Request, scope: Scope) -> responses.Body:
        # Not at the top: TensorBoard starts sooner without.
        from tb_explain import plan_query, plans

        self._planner = self._planner or plans.Planner(self._reader)
        query = plan_query.PlanQuery.parse(request.args)
        content = self._planner.plan(scope, query).encode()
        return responses.Body(content, "application/json", responses.digest(content))

    def _panel(self, request: wrappers.Request, scope: Scope, name: str) -> responses.Response:
        if name not in self._panels:
            raise errors.NotFoundError(f"panel {shown(name)}. Expect one of {list(self._panels)}.")
        query = _panel_query(request)
        index = self._reader.index(scope)
        asked = self._panels[name](_series_of(index, query.runs), query)
        etag = responses.digest(
            repr((self._session, name, scope.experiment, asked, query.window)).encode()
        )
        if request.if_none_match.contains_weak(etag):
            return responses.not_modified(etag)
        return responses.stream(
            frame.build(name, self._reader.read(scope, asked, query.window)), etag
        )


def _panel_query(request: wrappers.Request) -> PanelQuery:
    runs = tuple(dict.fromkeys(request.args.getlist("run")))
    if not runs:
        raise errors.InvalidArgumentError("no run was asked for; add run=<name>, once per run.")
    return PanelQuery(runs, request.args.get("monitor") or None, _window(request))


def _window(request: wrappers.Request) -> Window:
    window = Window(
        most=_whole(request, "most", least=FEWEST),
        room=_whole(request, "room", least=1),
        beyond=_whole(request, "beyond", least=2),
        start=_whole(request, "from"),
        end=_whole(request, "to"),
    )
    if window.start is not None and window.end is not None and window.start > window.end:
        raise errors.InvalidArgumentError(f"from={window.start} lies after to={window.end}.")
    return window


def _whole(request: wrappers.Request, name: str, *, least: int = 0) -> int | None:
    text = request.args.get(name)
    if text is None:
        return None
    # isascii: isdigit alone is true of numerals that int refuses; the length: of what no step is.
    if text.isascii() and text.isdigit() and len(text) < 19 and int(text) >= least:
        return int(text)
    raise errors.InvalidArgumentError(
        f"{name}={shown(text)}: expected a whole number of at least {least}."
    )


def _series_of(index: Index, runs: Sequence[str]) -> list[Series]:
    """Returns the series of `runs`, run after run.

    Raises:
      NotFoundError: a run holds no series of ours.
    """
    by_run: dict[str, list[Series]] = {entry.run: [] for entry in index.unreadable}
    for series in index.series:
        by_run.setdefault(series.run, []).append(series)
    for run in runs:
        if run not in by_run:
            raise errors.NotFoundError(f"run {shown(run)} holds nothing that was recorded.")
    return [series for run in runs for series in by_run[run]]


def _by_run(index: Index) -> dict[str, list[dict[str, Any]]]:
    by_run: dict[str, list[dict[str, Any]]] = {}
    for series in index.series:
        described = asdict(series)
        described.pop("parts")
        by_run.setdefault(described.pop("run"), []).append(described)
    return by_run


def _static_files() -> dict[str, Callable[[], bytes]]:
    """Returns what reads each file that the build wrote, by name; nothing without a build."""
    folder = importlib.resources.files("tb_explain") / "static"
    found = folder.iterdir() if folder.is_dir() else ()
    readers = {
        file.name: file.read_bytes
        for file in found
        if file.name.endswith(".js") and file.name != REPORT
    }
    return dict(sorted(readers.items()))


def _static(files: Mapping[str, Callable[[], bytes]], name: str) -> responses.Body:
    try:
        content = files[name]()
    except (KeyError, FileNotFoundError):
        raise errors.NotFoundError(
            f"{name}: this copy of tb-explain holds no page; install it with pip, which builds it."
        ) from None
    # The names of all files but the page's own hold a hash of their content.
    return responses.Body(content, "text/javascript", responses.digest(content), name != PAGE)
