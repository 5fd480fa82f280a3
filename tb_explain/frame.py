"""The binary frame that carries records to the page. Never looks into a record.

Little endian: ASCII `TBXF`; u32 frame version; u32 H; four zero bytes; H bytes of UTF-8 JSON,
padded with spaces to a multiple of 8; then the payload, in which every record starts at a
multiple of 8. The JSON:

    {"panel": "attributions",
     "series": [{"run": "...", "tag": "...", "kind": "cam", "monitor": "gradcam",
                 "records": [{"step": 0, "wall_time": 1.8e9, "offset": 0, "length": 1552},
                             {"step": 40, "wall_time": 1.8e9}]}],
     "unreadable": [{"run": "...", "tag": "...", "reason": "..."}]}

`offset` counts from the start of the payload; a record that was not asked for has none. All
records of a series are listed, by ascending step. `unreadable` names the series that could not be
delivered.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from tb_explain.cache import Moment, StoredRecord
from tb_explain.listing import Unreadable
from tb_explain.reader import Recorded

MAGIC = b"TBXF"
VERSION = 1
ALIGNMENT = 8  # bytes: the page views an int64 array where it lies


def build(panel: str, found: Iterable[Recorded | Unreadable]) -> list[bytes | memoryview]:
    """Returns the frame of all series that were `found`, in parts: records are not copied."""
    payload = _Payload()
    series: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    for entry in found:
        if isinstance(entry, Recorded):
            series.append(_described(entry, payload))
        else:
            unreadable.append(asdict(entry))
    header = {"panel": panel, "series": series, "unreadable": unreadable}
    text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return [MAGIC + struct.pack("<III", VERSION, len(text), 0), text, *payload.parts]


class _Payload:
    """Bytes laid one after the other, each at a multiple of the alignment."""

    def __init__(self) -> None:
        self.parts: list[bytes | memoryview] = []
        self._end = 0

    def append(self, data: bytes | memoryview) -> int:
        """Appends `data` and returns its offset."""
        offset = self._end
        filler = bytes(-len(data) % ALIGNMENT)
        self.parts += [data, filler]
        self._end += len(data) + len(filler)
        return offset


def _described(recorded: Recorded, payload: _Payload) -> dict[str, Any]:
    series = recorded.series
    listed: list[StoredRecord | Moment] = [*recorded.records, *recorded.rest]
    listed.sort(key=lambda moment: moment.step)
    return {
        "run": series.run,
        "tag": series.tag,
        "kind": series.kind,
        "monitor": series.monitor,
        "records": [_slot(moment, payload) for moment in listed],
    }


def _slot(moment: StoredRecord | Moment, payload: _Payload) -> dict[str, Any]:
    slot: dict[str, Any] = {"step": moment.step, "wall_time": moment.wall_time}
    if isinstance(moment, StoredRecord):
        slot |= {"offset": payload.append(moment.data), "length": len(moment.data)}
    return slot
