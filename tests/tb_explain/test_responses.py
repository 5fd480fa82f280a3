import json
from http import HTTPStatus

import pytest
from werkzeug.test import Client, EnvironBuilder
from werkzeug.wrappers import Request

from tb_explain import responses


def get(application, **headers):
    return Client(application).get("/", headers=headers)


def request(**headers):
    return Request(EnvironBuilder(headers=headers).get_environ())


@pytest.mark.parametrize("sizes", [[], [0], [5, 0, 3], [200_000, 200_000, 7], [2**20 + 1]])
def test_a_stream_is_its_parts_whatever_their_sizes(sizes):
    parts = [bytes([n % 251]) * size for n, size in enumerate(sizes)]
    answer = get(responses.stream(parts, "tag"))
    assert answer.data == b"".join(parts)
    assert answer.headers["Content-Length"] == str(sum(sizes))
    assert answer.headers["ETag"] == 'W/"tag"'


@pytest.mark.parametrize("held", ['W/"tag"', '"tag"', '"other", W/"tag"', "*"])
def test_a_body_that_the_browser_holds_is_not_sent(held):
    body = responses.Body(b"content", "text/plain", "tag")
    answer = get(responses.respond(request(If_None_Match=held), body))
    assert (answer.status_code, answer.data) == (304, b"")
    # TensorBoard logs a warning for an answer without these two.
    assert answer.headers["Content-Type"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_that_the_browser_does_not_hold_is_sent():
    body = responses.Body(b"content", "text/plain", "tag")
    answer = get(responses.respond(request(If_None_Match='W/"other"'), body))
    assert (answer.status_code, answer.data) == (200, b"content")


def test_an_error_has_one_shape():
    answer = get(responses.error(request(), HTTPStatus.NOT_FOUND, "<b>no", [("Allow", "GET")]))
    assert json.loads(answer.data) == {
        "error": {"status": 404, "code": "not_found", "message": "<b>no"}
    }
    assert answer.content_type == "application/json"
    assert answer.headers["Allow"] == "GET"


def test_equal_contents_have_equal_tags():
    assert responses.digest(b"a") == responses.digest(b"a") != responses.digest(b"b")


def test_a_clients_own_text_is_quoted_in_part():
    assert len(responses.shown("x" * 10_000)) < 250
