"""Checksums of event files."""

from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

try:
    from google_crc32c import value as crc32c
except ImportError:
    crc32c = pywrap_tensorflow.crc32c


def masked(data: bytes) -> int:
    """Returns the checksum of `data` as event files hold it."""
    checksum = crc32c(data)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
