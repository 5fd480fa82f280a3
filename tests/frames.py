"""A second, plain reading of the binary frame, straight from its definition."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

from tb_explain import schema


@dataclass(frozen=True)
class Frame:
    """A parsed frame; `records` holds each series' bytes by (run, tag) and step."""

    header: Any
    records: dict[tuple[str, str], dict[int, bytes]]

    def unpacked(self, run: str, tag: str) -> list[schema.Record]:
        """Returns the records of one series, in the frame's order."""
        return [schema.unpack(data) for data in self.records[run, tag].values()]


def parse(data: bytes) -> Frame:
    """Returns what `data` says, after checking every promise about its layout."""
    magic, version, length, zero = struct.unpack_from("<4sIII", data)
    assert (magic, version, zero) == (b"TBXF", 1, 0)
    assert length % 8 == 0
    header = json.loads(data[16 : 16 + length].decode())
    payload = data[16 + length :]
    records = {}
    for series in header["series"]:
        steps = [record["step"] for record in series["records"]]
        assert steps == sorted(set(steps))
        carried = [record for record in series["records"] if "offset" in record]
        assert all(record["offset"] % 8 == 0 for record in carried)
        records[series["run"], series["tag"]] = {
            record["step"]: payload[record["offset"] : record["offset"] + record["length"]]
            for record in carried
        }
    return Frame(header, records)
