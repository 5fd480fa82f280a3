"""PNG against Pillow."""

import contextlib
import io
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from tb_explain.exporting import png
from tests.fuzz import pictures


def picture(*shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    ramp = (3 * x + 5 * y + x * y // 7) % 256
    channels = shape[2] if len(shape) > 2 else 1
    layers = [(ramp + 60 * c) % 256 for c in range(channels)]
    return np.stack(layers, axis=-1).reshape(shape).astype(np.uint8)


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (1, 1)])
def test_pillow_reads_what_is_written(shape):
    pixels = picture(*shape)
    image = Image.open(io.BytesIO(png.encode(pixels, "Größe 28")))
    np.testing.assert_array_equal(np.asarray(image), pixels)
    assert image.text["Description"] == "Größe 28"


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
def test_what_pillow_writes_is_read(mode):
    image = Image.fromarray(picture(33, 40, 3)).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    opaque = image.convert("RGB")
    np.testing.assert_array_equal(png.decode(buffer.getvalue()), np.asarray(opaque))


def test_every_row_filter_is_undone():
    rng = np.random.default_rng(0)
    row, above = rng.integers(0, 256, (2, 12), dtype=np.uint8)
    for kind in range(5):
        filtered = naive_filter(kind, row, above, channels=3)
        np.testing.assert_array_equal(png._row(kind, filtered, above, 3), row)


def naive_filter(kind, row, above, channels):
    """Returns the filtered row, straight from the PNG specification."""
    filtered = []
    for x, value in enumerate(row.astype(int)):
        a = int(row[x - channels]) if x >= channels else 0
        b = int(above[x])
        c = int(above[x - channels]) if x >= channels else 0
        p = a + b - c
        paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
        filtered.append((value - (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
    return np.array(filtered, np.uint8)


@pytest.mark.parametrize("data", [b"", b"GIF89a", png.SIGNATURE, png.SIGNATURE + b"\0\0\0\1IHDR"])
def test_other_bytes_are_refused(data):
    with pytest.raises(png.PictureError):
        png.decode(data)


@pytest.mark.parametrize("height", [0, 4])
def test_a_png_that_holds_more_than_it_declares_takes_no_memory(height):
    bomb = pictures.png(4, height, zlib.compress(bytes(50_000_000), 9))
    tracemalloc.start()
    try:
        with contextlib.suppress(png.PictureError):
            png.decode(bomb)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * len(bomb)


def test_a_png_that_declares_gigabytes_is_refused_by_name():
    with pytest.raises(png.PictureError, match="40000 x 40000 pixels"):
        png.decode(pictures.png(40_000, 40_000, b""))
