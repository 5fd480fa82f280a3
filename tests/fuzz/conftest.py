"""What tests of the page's decoders run in Node."""

import pytest

from tests.fuzz import page


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What Node runs."""
    if missing := page.missing():
        pytest.skip(missing)
    built = tmp_path_factory.mktemp("fuzz")
    page.build(built)
    return built
