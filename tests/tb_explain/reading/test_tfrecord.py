"""Blocks of event files that are not what they say."""

import io
import struct
import tracemalloc

from google_crc32c import value as crc32c

from tb_explain.reading.tfrecord import Damage, blocks


def masked(data: bytes) -> int:
    checksum = crc32c(data)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_a_block_that_says_it_is_enormous_takes_no_memory():
    length = struct.pack("<Q", 2**62)
    file = io.BytesIO(length + struct.pack("<I", masked(length)) + b"little")
    tracemalloc.start()
    try:
        (damage,) = blocks(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(damage, Damage)
    assert damage.rest_lost
    assert peak < 3 * 2**20
