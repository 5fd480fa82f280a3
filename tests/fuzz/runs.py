"""Fuzzed runs: the records of a whole run that belong together, of which some are damaged."""

from __future__ import annotations

import json
import random
import struct
from dataclasses import dataclass
from typing import Any

from tb_explain import frame, schema
from tests.fuzz import draws, layout, records, seeds
from tests.fuzz.blocks import Block

RUN = "run"


@dataclass(frozen=True)
class Entry:
    """One record of a run, as a series holds it, whatever the record itself says."""

    tag: str
    kind: str
    monitor: str
    step: int
    data: bytes


@dataclass(frozen=True)
class Case:
    """One fuzzed run.

    Attributes:
      number: which of its run of the fuzzer, see `draws.of`.
      name: of what it was made from.
      how: names of the damages.
      entries: its records, by ascending step.
    """

    number: int
    name: str
    how: str
    entries: tuple[Entry, ...]

    @property
    def time(self) -> float:
        """When it was written: no two cases are taken for one."""
        return 1e9 + 1e5 * self.number

    @property
    def size(self) -> int:
        """Bytes of all records."""
        return sum(len(entry.data) for entry in self.entries)

    def frame(self) -> bytes:
        """Returns what the server would answer."""
        series: dict[str, dict[str, Any]] = {}
        payload = b""
        for entry in self.entries:
            named = {"run": RUN, "tag": entry.tag, "kind": entry.kind, "monitor": entry.monitor}
            held = series.setdefault(entry.tag, {**named, "records": []})
            where = {"offset": len(payload), "length": len(entry.data)}
            about = {"step": entry.step, "wall_time": self.time + entry.step, **where}
            held["records"].append(about)
            payload += entry.data + bytes(-len(entry.data) % frame.ALIGNMENT)
        text = json.dumps({"panel": "fuzz", "series": list(series.values())}).encode()
        text += b" " * (-len(text) % frame.ALIGNMENT)
        return frame.MAGIC + struct.pack("<III", frame.VERSION, len(text), 0) + text + payload

    def catalog(self) -> dict[str, Any]:
        """Returns what the server would list."""
        series = {
            entry.tag: {
                "tag": entry.tag,
                "kind": entry.kind,
                "monitor": entry.monitor,
                "last_step": entry.step,
                "last_wall_time": self.time + entry.step,
            }
            for entry in self.entries
        }
        runs = [{"run": RUN, "start_time": 1.8e9, "series": list(series.values())}]
        return {"format": 1, "experiment": "", "runs": runs, "unreadable": []}


def case(seed: int, number: int) -> Case:
    """Returns case `number` of the run `seed`."""
    drawn = draws.of(seed, number)
    names = list(seeds.runs())
    name = names[number % len(names)]
    blocks = seeds.runs()[name]
    chosen = set(drawn.sample(range(len(blocks)), min(len(blocks), drawn.choice((1, 1, 2, 5)))))
    hows: list[str] = []
    entries = []
    for place, block in enumerate(blocks):
        data = _damaged(drawn, block.clone(), hows) if place in chosen else block.packed()
        entries.append(_entry(block, data))
    return Case(number, name, "+".join(hows), tuple(entries))


def _damaged(drawn: random.Random, block: Block, hows: list[str]) -> bytes:
    if drawn.random() < 0.1:
        made = drawn.choice(list(layout.DAMAGES))
        hows.append(f"layout.{made.__name__}")
        return made(drawn, block)
    hows.append(records.damage(drawn, block))
    return block.packed()


def _entry(block: Block, data: bytes) -> Entry:
    record = block.record
    named = schema.Record(
        record["kind"], record["monitor"], record["step"], record["epoch"], 1, record
    )
    return Entry(named.tag, named.kind, named.monitor, named.step, data)
