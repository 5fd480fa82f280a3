"""Fuzzed requests of every route: names, parameters, methods, headers, paths, bodies."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.fuzz import draws

PREFIX = "/data/plugin/tb_explain"
ROUTES: Sequence[str] = (
    "index.js",
    "report.js",
    "catalog",
    *(
        f"panel/{name}"
        for name in (
            "overview",
            "attributions",
            "layers",
            "attention",
            "sensitivity",
            "compare",
            "graph",
            "none",
            "",
            "../plan",
        )
    ),
    "plan",
    "",
)
_PARAMETERS: Sequence[str] = (
    "run",
    "monitor",
    "step",
    "of",
    "keep",
    "allocator",
    "keep_first",
    "keep_last",
    "multiple_of",
    "minimum",
    "frozen",
    "most",
    "room",
    "from",
    "to",
    "tag",
    "unknown",
    "RUN",
    "",
    "run[]",
    "\x00",
)
_NUMBERS: Sequence[str] = (
    "0",
    "1",
    "5",
    "40",
    "-1",
    "1.5",
    "NaN",
    "Infinity",
    "1e400",
    "0x10",
    "٣",
    "1_000",
    "+1",
    " 1",
    "9" * 30,
    "9" * 5000,
    "1e-400",
    "0.5",
    "007",
    "-0",
    "1e5",
)
_RAW: Sequence[str] = (
    "%",
    "%zz",
    "%00",
    "%ff%fe",
    "%u0041",
    "%252e",
    "a=b",
    "&&",
    ";",
    "+",
    "%0d%0aX: y",
)
_METHODS: Sequence[str] = (
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "CONNECT",
    "get",
    "NONSENSE",
    "G" * 500,
)
_PATHS: Sequence[str] = (
    "/../../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "//evil.invalid/",
    "/http://evil.invalid/",
    "/panel/%00",
    "/panel/overview/",
    "/panel//overview",
    "/catalog/../plan",
    "/\udcff\udcfe",
    "/" + "a" * 10_000,
    "/static/../loader.py",
    "/index.js%00.html",
    "/CATALOG",
    "/panel/\u202eweivrevo",
    "/page-.js",
    "/.",
    "/__init__.py",
)
_HEADERS: Sequence[tuple[str, Sequence[str]]] = (
    ("HTTP_IF_NONE_MATCH", ("*", '"', 'W/"', '"a", "b"', "x" * 5000, '"\xff"', ",,,", '"' * 4000)),
    (
        "HTTP_ACCEPT_ENCODING",
        ("gzip", "gzip;q=nan", "*;q=0", "br", "\xff", ", ;q=,", "gzip;q=1e999"),
    ),
    ("HTTP_RANGE", ("bytes=0-1", "bytes=-", "bytes=9-1", "lines=0-1", "bytes=0-0," * 500)),
    ("HTTP_HOST", ("evil.invalid", "", "a" * 3000, "[::1", "host:port", "\xff")),
    ("HTTP_X_FORWARDED_FOR", ("1.1.1.1", "<script>")),
    ("HTTP_COOKIE", ("a=b", "=;" * 2000)),
    ("HTTP_ORIGIN", ("http://evil.invalid", "null")),
    ("CONTENT_LENGTH", ("-1", "x", "0", "9" * 30, "5")),
    ("CONTENT_TYPE", ("multipart/form-data; boundary=", "application/json", "text/\xff", "")),
    ("HTTP_TRANSFER_ENCODING", ("chunked", "gzip")),
    ("wsgi.url_scheme", ("javascript",)),
    ("tensorboard.experiment_id", ("e",)),
)


@dataclass(frozen=True)
class Request:
    """One fuzzed request: its line as bytes would have it, and headers by their WSGI names."""

    number: int
    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def environ(self) -> dict[str, Any]:
        """Returns what a WSGI server would hand over."""
        path = self.path.encode("utf-8", "surrogateescape").decode("latin-1")
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": self.query.encode("utf-8", "replace").decode("latin-1"),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "6006",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **dict(self.headers),
        }


def request(seed: int, number: int, runs: Sequence[str], monitors: Sequence[str]) -> Request:
    """Returns request `number` of the run `seed`, of a log with these runs and monitors."""
    drawn = draws.of(seed, number)
    method = drawn.choice(_METHODS) if drawn.random() < 0.1 else "GET"
    route = drawn.choice(_PATHS) if drawn.random() < 0.1 else f"/{drawn.choice(ROUTES)}"
    pairs = _usual(drawn, route, runs, monitors) + _unusual(drawn, runs, monitors)
    drawn.shuffle(pairs)
    query = "&".join(pairs) + drawn.choice(("", "", "", *_RAW))
    headers = [(name, drawn.choice(values)) for name, values in _HEADERS if drawn.random() < 0.05]
    body = drawn.randbytes(drawn.choice((0, 0, 0, 5, 5000)))
    return Request(number, method, PREFIX + route, query, tuple(headers), body)


def _usual(
    drawn: random.Random, route: str, runs: Sequence[str], monitors: Sequence[str]
) -> list[str]:
    """Returns what the page itself would ask, mostly: requests get past the first checks."""
    if drawn.random() < 0.2:
        return []
    pairs = [_pair("run", drawn.choice(runs))]
    if "plan" in route:
        pairs += [
            _pair("monitor", drawn.choice(monitors)),
            _pair("step", drawn.choice(_NUMBERS[:4])),
        ]
        pairs += ["of=macs", f"keep={drawn.choice(('0.5', '0.1', '1'))}"]
        pairs.pop(drawn.randrange(len(pairs))) if drawn.random() < 0.2 else None
    elif drawn.random() < 0.3:
        pairs += [f"most={drawn.choice(_NUMBERS)}", f"from={drawn.choice(_NUMBERS)}"]
    return pairs


def _unusual(drawn: random.Random, runs: Sequence[str], monitors: Sequence[str]) -> list[str]:
    pairs = []
    for _ in range(drawn.choice((0, 1, 1, 2, 6))):
        name = drawn.choice(_PARAMETERS)
        values = (drawn.choice(runs), drawn.choice(monitors), drawn.choice(_NUMBERS))
        pairs.append(_pair(name, drawn.choice((*values, *values, drawn.choice(draws.TEXTS)))))
    if pairs and drawn.random() < 0.01:
        pairs *= 2000
    if drawn.random() < 0.1:
        pairs.append(f"{drawn.choice(_PARAMETERS[:6])}={drawn.choice(_RAW)}")
    return pairs


def _pair(name: str, value: str) -> str:
    return f"{quote(name, safe='')}={quote(value, safe='', errors='replace')}"
