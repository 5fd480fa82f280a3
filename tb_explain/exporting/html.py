"""A report: the page of TensorBoard's tab and what it draws, in one HTML file without a server.

The file asks the network for nothing, and its Content-Security-Policy would not let it. The page
is `static/report.js`; its data is JSON in a script element that is never run:

    {"catalog": what the route `catalog` answers,
     "frames": [{"run": "...", "data": base64 of a zlib stream of a frame with one series}],
     "panels": {"overview": [indices of frames, as the panel selects them]}}
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug import test

from tb_explain import frame, routes
from tb_explain.exporting import fitting
from tb_explain.listing import Series, Unreadable
from tb_explain.panels import PANELS
from tb_explain.reader import Reader, Recorded, Scope
from tb_explain.reading.log import Log
from tb_explain.reading.provider import LogProvider

_TIGHTER = 0.95  # of the aim before, when that was missed
_LEAST = 4  # times less than there is room for: then all give way that may
_EVERYTHING = Scope(context=None, experiment="")
_TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="tb-explain">
<title>{title}</title>
</head>
<body>
<noscript>This report draws itself, which takes JavaScript; it asks no network.</noscript>
<script type="application/json" id="tb-explain-data">{data}</script>
<script>{script}</script>
</body>
</html>
"""


class TooLargeError(Exception):
    """A report that would not fit however many records were left out; says what it needs."""


@dataclass(frozen=True)
class Report:
    """A report, and what had to be left out of it.

    Attributes:
      html: the file's text.
      thinned: by kind, of which only every n-th record is in it: n.
    """

    html: str
    thinned: Mapping[str, int]


def report(
    log: Log,
    *,
    title: str = "Explain",
    wanted: Callable[[str, str], bool] = lambda *_: True,
    limit: int | None = None,
) -> Report:
    """Returns a report of all runs of `log`.

    Args:
      log: what was read, see `read_log`.
      title: what the browser's tab says.
      wanted: says of a tag and its kind whether it is to be in the report.
      limit: bytes that the file may take; the heaviest kinds are thinned over time until it does.
        None: whatever it takes.

    Raises:
      ValueError: no run of `log` holds records.
      TooLargeError: it takes more than `limit` with all left out that may be.
      FileNotFoundError: this copy of tb-explain holds no page.
    """
    reader = Reader(LogProvider(_only(log, wanted)))
    series = reader.index(_EVERYTHING).series
    if not series:
        raise ValueError(f"{log.directory} holds no records of the chosen runs to report.")
    page = _Page(title, _script(), series, _catalog(reader))
    found = reader.read(_EVERYTHING, series)
    bare = len(page.around([""] * len(series)).encode())
    frames, thinned = _fitting(found, None if limit is None else limit - bare)
    taken = bare + sum(map(len, frames))
    if limit is not None and taken > limit:
        raise TooLargeError(
            f"It takes at least {math.ceil(taken / 1e4) / 100:.2f} MB: {bare / 1e6:.2f} MB for the "
            "page itself, the rest for light records, of which all are kept, and for the first and "
            "the last of each heavy series."
        )
    return Report(page.around(frames), thinned)


@dataclass(frozen=True)
class _Page:
    """All of a report but its frames."""

    title: str
    script: str
    series: Sequence[Series]
    catalog: Any

    def around(self, frames: Sequence[str]) -> str:
        """Returns the HTML with `frames`, one per series."""
        data = {
            "catalog": self.catalog,
            "frames": [
                {"run": entry.run, "data": packed}
                for entry, packed in zip(self.series, frames, strict=True)
            ],
            "panels": {name: _selected(name, self.series) for name in PANELS},
        }
        return _TEMPLATE.format(
            policy=_policy(self.script),
            title=html.escape(self.title),
            data=_inert(data),
            script=self.script,
        )


def _fitting(
    found: Sequence[Recorded | Unreadable], room: int | None
) -> tuple[list[str], Mapping[str, int]]:
    """Returns a packed frame for each series, and what was thinned to fit them into `room` bytes.

    Where that is too little for the fewest records, it is these that are returned.
    """
    frames = [_packed(entry) for entry in found]
    if room is None or sum(map(len, frames)) <= room:
        return frames, {}
    sizes, counts = _weighed(found, frames)
    fewest = fitting.intervals(sizes, counts, 0)
    least = [_packed(_thinned(entry, fewest)) for entry in found]
    aim = float(room)
    # Records compress differently from one another, so that a guess may have to be mended.
    while sum(map(len, least)) <= room and aim > room / _LEAST:
        aim *= _TIGHTER
        every = fitting.intervals(sizes, counts, int(aim))
        frames = [_packed(_thinned(entry, every)) for entry in found]
        if sum(map(len, frames)) <= room:
            return frames, every
    return least, fewest


def _weighed(
    found: Sequence[Recorded | Unreadable], frames: Sequence[str]
) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Returns the bytes of each kind, and how many records each of its series has."""
    sizes: dict[str, int] = {}
    counts: dict[str, list[int]] = {}
    for entry, packed in zip(found, frames, strict=True):
        if isinstance(entry, Recorded):
            kind = entry.series.kind
            sizes[kind] = sizes.get(kind, 0) + len(packed)
            counts.setdefault(kind, []).append(len(entry.records))
    return sizes, counts


def _thinned(entry: Recorded | Unreadable, every: Mapping[str, int]) -> Recorded | Unreadable:
    if isinstance(entry, Unreadable) or entry.series.kind not in every:
        return entry
    kept = fitting.thinned(entry.records, every[entry.series.kind])
    return replace(entry, records=kept)


def _packed(entry: Recorded | Unreadable) -> str:
    parts = frame.build("report", [entry])
    return base64.b64encode(zlib.compress(b"".join(parts), 9)).decode("ascii")


def _only(log: Log, wanted: Callable[[str, str], bool]) -> Log:
    """Returns `log` with the series that are `wanted` alone, and what cannot be read."""
    index = Reader(LogProvider(log)).index(_EVERYTHING)
    unwanted = {(s.run, s.tag) for s in index.series if not wanted(s.tag, s.kind)}
    runs = {
        name: replace(run, tags={t: v for t, v in run.tags.items() if (name, t) not in unwanted})
        for name, run in log.runs.items()
    }
    return replace(log, runs=runs)


def _catalog(reader: Reader) -> Any:
    """Returns what the page is told of a live log directory, by the same route."""
    served = test.Client(routes.Routes(reader, PANELS, prefix="/"))
    return served.get("/catalog").get_json()


def _selected(panel: str, series: Sequence[Series]) -> list[int]:
    runs = tuple(dict.fromkeys(entry.run for entry in series))
    chosen = PANELS[panel](series, routes.PanelQuery(runs, monitor=None))
    return [series.index(entry) for entry in chosen]


def _inert(data: Any) -> str:
    """Returns JSON that cannot end the script element it stands in, whatever a run is called."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _script() -> str:
    """Returns the page's script."""
    file = importlib.resources.files("tb_explain") / "static" / routes.REPORT
    if not file.is_file():
        raise FileNotFoundError(
            "This copy of tb-explain holds no page; install it with pip, which builds it."
        )
    script = file.read_text(encoding="utf-8").strip()
    if "</script" in script.lower() or "<!--" in script:
        raise AssertionError("The page's script would end its own element.")
    return script


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
