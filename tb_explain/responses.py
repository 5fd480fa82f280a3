"""HTTP answers in their one shape: a body under an entity tag, 304, or a JSON error.

An error is `{"error": {"status": 404, "code": "not_found", "message": "..."}}`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from tensorboard.backend import http_util
from werkzeug import wrappers

# A WSGI application that holds one answer.
Response = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Body:
    """An answer and the entity tag under which the browser may keep it."""

    content: bytes
    mimetype: str
    etag: str


def respond(request: wrappers.Request, body: Body) -> Response:
    """Returns `body`, or 304 if the browser already holds it."""
    if request.if_none_match.contains_weak(body.etag):
        return not_modified(body.etag)
    headers = [("ETag", _header(body.etag))]
    response: Response = http_util.Respond(request, body.content, body.mimetype, headers=headers)
    return response


def not_modified(etag: str) -> Response:
    """Returns a 304 without a body."""
    # Not a werkzeug Response: it drops the Content-Type of a 304, whose absence TensorBoard logs.
    headers = [
        ("ETag", _header(etag)),
        ("Cache-Control", "no-cache, must-revalidate"),
        ("Content-Type", "application/octet-stream"),
        ("X-Content-Type-Options", "nosniff"),
    ]

    def application(_environ: object, start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("304 NOT MODIFIED", headers)
        return []

    return application


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


def digest(content: bytes) -> str:
    """Returns an entity tag for `content`."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def _header(etag: str) -> str:
    return f'W/"{etag}"'  # weak: the same tag whether compressed on the way or not
