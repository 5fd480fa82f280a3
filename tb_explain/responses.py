"""HTTP answers in their one shape: a body under an entity tag, 304, or a JSON error.

An error is `{"error": {"status": 404, "code": "not_found", "message": "..."}}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tensorboard.backend import http_util
from werkzeug import wrappers

YEAR = 365 * 24 * 60 * 60  # seconds
LONGEST_SHOWN = 200  # characters of a client's own text in an error message
# Of a body at a time: enough that system calls do not count. What a thread once held, the C library
# keeps, however little it is asked for again: with 2**18, three megabytes more after one panel.
CHUNK_BYTES = 2**15

# A WSGI application that holds one answer.
Response = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Body:
    """An answer and the entity tag under which the browser may keep it."""

    content: bytes
    mimetype: str
    etag: str
    lasting: bool = False  # whether its URL will never stand for anything else


def respond(request: wrappers.Request, body: Body) -> Response:
    """Returns `body`, or 304 if the browser already holds it."""
    if request.if_none_match.contains_weak(body.etag):
        return not_modified(body.etag)
    headers = [("ETag", _header(body.etag))]
    response: Response = http_util.Respond(
        request,
        body.content,
        body.mimetype,
        expires=YEAR if body.lasting else 0,
        headers=headers,
    )
    return response


def stream(parts: Sequence[bytes | memoryview], etag: str) -> Response:
    """Returns `parts`, one after the other, as one binary body."""
    length = sum(len(part) for part in parts)
    headers = [*_headers(etag), ("Content-Length", str(length))]
    return _application("200 OK", headers, _chunks(parts))


def not_modified(etag: str) -> Response:
    """Returns a 304 without a body."""
    return _application("304 NOT MODIFIED", _headers(etag), ())


def error(
    request: wrappers.Request,
    status: HTTPStatus,
    message: str,
    headers: Sequence[tuple[str, str]] = (),
) -> Response:
    """Returns the JSON error of `status`; its code is the name of the status."""
    described = {"status": status.value, "code": status.name.lower(), "message": message}
    response: Response = http_util.Respond(
        request,
        json.dumps({"error": described}),
        "application/json",
        code=status.value,
        headers=list(headers),
    )
    return response


def shown(text: str) -> str:
    """Returns a client's own text as an error message quotes it."""
    return repr(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "...")


def digest(content: bytes) -> str:
    """Returns an entity tag for `content`."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _header(etag: str) -> str:
    return f'W/"{etag}"'  # weak: the same tag whether compressed on the way or not


def _headers(etag: str) -> list[tuple[str, str]]:
    return [
        ("ETag", _header(etag)),
        ("Cache-Control", "no-cache, must-revalidate"),
        ("Content-Type", "application/octet-stream"),
        ("X-Content-Type-Options", "nosniff"),
    ]


def _application(status: str, headers: list[tuple[str, str]], body: Iterable[bytes]) -> Response:
    # Not a werkzeug Response: it drops the Content-Type of a 304, whose absence TensorBoard logs.
    def application(_environ: object, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, headers)
        return body

    return application


def _chunks(parts: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Yields `parts` joined to pieces of about CHUNK_BYTES: neither copied whole nor one by one."""
    chunk: list[bytes | memoryview] = []
    size = 0
    for part in parts:
        chunk.append(part)
        size += len(part)
        if size >= CHUNK_BYTES:
            yield b"".join(chunk)
            chunk, size = [], 0
    yield b"".join(chunk)
