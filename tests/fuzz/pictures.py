"""Pictures as a hostile probe may hold them: bombs, fragments, other formats."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" onload="window.__xss=1">'
    b"<script>window.__xss=1</script></svg>"
)
GIF = bytes.fromhex(
    "474946383961ffffffff800000ffffff0000002c00000000ffffffff0002024401003b"
)  # 65,535 pixels square


def png(width: int, height: int, data: bytes, *, depth: int = 8, colour: int = 0) -> bytes:
    """Returns a PNG that declares a size, whatever `data`, its IDAT, holds."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def flat(width: int, height: int) -> bytes:
    """Returns a true PNG of one grey: a thousand pixels to a byte."""
    packer = zlib.compressobj(9)
    row = bytes(width + 1)
    rows = b"".join(packer.compress(row) for _ in range(height))
    return png(width, height, rows + packer.flush())


def webp(width: int, height: int) -> bytes:
    """Returns the beginning of an extended WebP that declares a size."""
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + sizes
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def hostile(drawn: random.Random) -> bytes:
    """Returns something in the place of a picture."""
    makers: tuple[Callable[[], bytes], ...] = (
        lambda: png(40_000, 40_000, zlib.compress(bytes(100))),
        lambda: png(2**31 - 1, 2**31 - 1, b""),
        lambda: png(0, 5, zlib.compress(bytes(5))),
        lambda: png(3, 3, zlib.compress(bytes(1_000_000), 9)),  # more than it declares
        lambda: png(4, 4, zlib.compress(bytes(20)), colour=drawn.randrange(8)),
        lambda: png(4, 4, zlib.compress(drawn.randbytes(20))),
        lambda: _ONE[: drawn.randrange(len(_ONE))],
        lambda: _LARGE,
        lambda: webp(16_384, 16_384),
        lambda: SVG,
        lambda: GIF,
        lambda: drawn.randbytes(40),
        lambda: b"",
    )
    return drawn.choice(makers)()


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


_ONE = flat(1, 1)
_LARGE = flat(1500, 1500)
