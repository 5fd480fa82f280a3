"""Pictures without a library: PNG files written and, as far as probes hold them, read."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2}  # PNG's number of greys and of RGB, by channels
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of PNG's colour types
_MOST_PIXELS = 2**24  # of a picture: those of 4096 x 4096
_PALETTE, _GREY_ALPHA = 3, 4


class PictureError(ValueError):
    """Bytes that are not a PNG of the forms that are read here."""


def encode(pixels: np.ndarray, description: str = "") -> bytes:
    """Returns the PNG of `pixels`: uint8 [H, W] or [H, W, 3], with words that programs can show."""
    H, W = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels, np.uint8).reshape(H, -1)
    colour = _COLOUR_TYPES[rows.shape[1] // W]
    unfiltered = np.concatenate([np.zeros((H, 1), np.uint8), rows], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", W, H, 8, colour, 0, 0, 0)
    data = zlib.compress(unfiltered, 9)
    words = b"Description\0\0\0\0\0" + description.encode("utf-8", "replace")
    chunks = ((b"IHDR", header), (b"iTXt", words), (b"IDAT", data), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def decode(data: bytes) -> np.ndarray:
    """Returns uint8 [H, W, 3] of a PNG with 8 bits per channel, not interlaced; alpha on black.

    Raises:
      PictureError: it is no such PNG.
    """
    try:
        chunks = list(_chunks(data))
        W, H, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", dict(chunks)[b"IHDR"])
        if depth != 8 or interlaced or colour not in _CHANNELS:
            raise PictureError(f"colour type {colour} of {depth} bits, interlaced: {interlaced}")
        packed = b"".join(content for name, content in chunks if name == b"IDAT")
        if W * H > _MOST_PIXELS:
            raise PictureError(f"{W} x {H} pixels, more than are read here")
        stride = W * _CHANNELS[colour]
        # No more than it declares, whatever would come out of it.
        unpacked = zlib.decompressobj().decompress(packed, H * (stride + 1) or 1)
        rows = np.frombuffer(unpacked, np.uint8).reshape(H, stride + 1)
        pixels = _unfiltered(rows, _CHANNELS[colour]).reshape(H, W, -1)
        if colour == _PALETTE:
            palette = np.frombuffer(dict(chunks)[b"PLTE"], np.uint8).reshape(-1, 3)
            pixels = palette[pixels[..., 0]]
    except (struct.error, KeyError, ValueError, IndexError, zlib.error) as error:
        raise PictureError(f"Not a PNG that can be read: {error}") from error
    return _rgb(pixels)


def _rgb(pixels: np.ndarray) -> np.ndarray:
    """Returns [H, W, 3] of greys or colours, with or without alpha."""
    channels = pixels.shape[-1]
    if channels % 2 == 0:
        alpha = pixels[..., -1:].astype(np.uint16)
        pixels = (pixels[..., :-1] * alpha // 255).astype(np.uint8)
    spread: np.ndarray = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    return spread


def _unfiltered(rows: np.ndarray, channels: int) -> np.ndarray:
    """Returns uint8 [H, stride]: each row's filter, its first byte, undone."""
    above = np.zeros(rows.shape[1] - 1, np.uint8)
    done = np.empty((len(rows), rows.shape[1] - 1), np.uint8)
    for y, row in enumerate(rows):
        above = done[y] = _row(int(row[0]), row[1:], above, channels)
    return done


def _row(kind: int, row: np.ndarray, above: np.ndarray, channels: int) -> np.ndarray:
    if kind == 0:
        return row
    if kind == 1:
        pixels = row.reshape(-1, channels).cumsum(axis=0, dtype=np.uint8)
        summed: np.ndarray = pixels.reshape(-1)
        return summed
    if kind == 2:
        raised: np.ndarray = row + above
        return raised
    if kind not in (3, 4):
        raise PictureError(f"row filter {kind}")
    return _predicted(row.tolist(), above.tolist(), channels, paeth=kind == 4)


def _predicted(row: list[int], above: list[int], channels: int, *, paeth: bool) -> np.ndarray:
    """Undoes the filters that need the pixel to the left, one byte after the other."""
    done = [0] * channels + row
    corner = [0] * channels + above
    for x, value in enumerate(row):
        left, up, diagonal = done[x], above[x], corner[x]
        guess = _paeth(left, up, diagonal) if paeth else (left + up) // 2
        done[x + channels] = (value + guess) & 0xFF
    return np.array(done[channels:], np.uint8)


def _paeth(left: int, up: int, diagonal: int) -> int:
    estimate = left + up - diagonal
    # Ties go to the left, then up: min() keeps the first.
    return min((left, up, diagonal), key=lambda value: abs(estimate - value))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not data.startswith(SIGNATURE):
        raise PictureError("no PNG signature")
    at = len(SIGNATURE)
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
