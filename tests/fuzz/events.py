"""Fuzzed event files: valid checksums around broken content, and broken checksums."""

from __future__ import annotations

import contextlib
import json
import random
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tensorboard.compat.proto import event_pb2, summary_pb2, types_pb2

from tb_explain import schema
from tests.fuzz import draws, runs
from tests.fuzz.crc import masked

NAMES: Sequence[str] = (  # of folders, which are names of runs
    "plain",
    "<img src=x onerror=window.__xss=1>",
    "a\nb\r\u2028",
    "\u202egnp.exe",
    "..evil",
    "größe \U0001f600",
    "a&run=b%2F%00?#",
    "x" * 250,
    "\x1b[2J\x07",
    "'\"`",
    "9" * 200,
)
_STEPS = (0, -1, 1, 2**31, 2**53 + 1, 2**62, -(2**62))
_ATTEMPTS = (0, -1, 1.5, True, "1", [1], 10**6, 2**63 - 1, 2**63, 10**400, float("nan"), 1e999)
_TIMES = (0.0, -1.0, 1e300, float("nan"), float("inf"), float("-inf"), 1.8e9)
_CONTENTS = (
    b"",
    b"{}",
    b"null",
    b"[" * 100_000,
    b"\xff\xfe",
    b'{"version":1,"kind":"cam","monitor":5}',
    b'{"version":1e999,"kind":"cam","monitor":"m"}',
    b'{"version":true,"kind":"cam","monitor":"m"}',
    b'{"version":1,"kind":"cam","monitor":"m","attempt":1}',
    b'{"version":1,"kind":"cam","monitor":"\\ud800"}',
    b'{"version":1,"kind":"__proto__","monitor":"m"}',
    b'{"version":1,"kind":"cam","monitor":"' + b"m" * 100_000 + b'"}',
)


def file(drawn: random.Random, case: runs.Case) -> tuple[bytes, str]:
    """Returns an event file that holds the records of `case`, and how it was damaged."""
    events = _events(case)
    hows = []
    for _ in range(drawn.choice((0, 1, 1, 2, 4))):
        made = drawn.choice(list(DAMAGES))
        hows.append(made.__name__.strip("_"))
        made(drawn, events)
    blocks = [event.SerializeToString() for event in events]
    if drawn.random() < 0.3:
        spoilt, how = drawn.choice(SPOILT)
        hows.append(how)
        return spoilt(drawn, blocks), "+".join(hows)
    return b"".join(map(block, blocks)), "+".join(hows)


def block(content: bytes) -> bytes:
    """Returns `content` as a block of an event file."""
    length = struct.pack("<Q", len(content))
    checksums = (struct.pack("<I", masked(each)) for each in (length, content))
    return length + next(checksums) + content + next(checksums)


def _events(case: runs.Case) -> list[event_pb2.Event]:
    events = [event_pb2.Event(wall_time=1e9, file_version="brain.Event:2")]
    seen: set[str] = set()
    for entry in case.entries:
        record = schema.Record(entry.kind, entry.monitor, entry.step, 0, 1, {"digest": "d"})
        value = schema.to_summary_value(record, first=entry.tag not in seen)
        value.tag = entry.tag
        value.tensor.string_val[0] = entry.data
        seen.add(entry.tag)
        summary = summary_pb2.Summary(value=[value])
        events.append(event_pb2.Event(wall_time=1e9 + entry.step, step=entry.step, summary=summary))
    return events


def _value(drawn: random.Random, events: list[event_pb2.Event]) -> summary_pb2.Summary.Value:
    return drawn.choice([each for each in events if each.summary.value]).summary.value[0]


def _step(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    drawn.choice(events).step = drawn.choice(_STEPS)


def _time(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    for event in events if drawn.random() < 0.3 else [drawn.choice(events)]:
        event.wall_time = drawn.choice(_TIMES)


def _order(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    rest = events[1:]
    drawn.shuffle(rest)
    events[1:] = rest


def _content(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    _value(drawn, events).metadata.plugin_data.content = drawn.choice(_CONTENTS)


def _plugin(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    names = (schema.SERIES_PLUGIN, schema.BLOBS_PLUGIN, "images", "scalars", "")
    _value(drawn, events).metadata.plugin_data.plugin_name = drawn.choice(names)


def _attempt(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    """A series is there again, as another attempt at the run recorded it, or says it did."""
    again = [event_pb2.Event.FromString(event.SerializeToString()) for event in events[1:]]
    number = drawn.choice((1, 2, *_ATTEMPTS))
    since = drawn.choice((None, 0, 20, *_ATTEMPTS))
    for event in again:
        for value in event.summary.value:
            value.tag += f"~{number}"[:100] if drawn.random() < 0.95 else "~"
            _claim(value.metadata.plugin_data, {"attempt": number, "since": since})
    events += again[: drawn.randrange(len(again) + 1)]


def _claim(held: summary_pb2.SummaryMetadata.PluginData, more: Mapping[str, Any]) -> None:
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(held.content)
        if isinstance(content, dict):
            held.content = json.dumps({**content, **more}).encode()


def _class(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    _value(drawn, events).metadata.data_class = drawn.choice((0, 1, 2, 3, 77))


def _tensor(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    tensor = _value(drawn, events).tensor
    changes: tuple[Callable[[], object], ...] = (
        lambda: setattr(tensor, "dtype", drawn.choice((0, 1, 3, 7, 20, 21, 101, 999))),
        lambda: tensor.string_val.append(b"another"),
        lambda: tensor.ClearField("string_val"),
        # No size whose one repeated value fits into memory: TensorBoard's Python reader makes it.
        lambda: tensor.tensor_shape.dim.add(size=drawn.choice((-1, 0, 1, 1000, 2**62))),
        lambda: setattr(tensor.tensor_shape, "unknown_rank", True),
        lambda: setattr(tensor, "tensor_content", drawn.randbytes(50)),
        lambda: tensor.float_val.extend([1.0, 2.0]),
    )
    drawn.choice(changes)()
    if drawn.random() < 0.2:
        tensor.dtype = types_pb2.DT_FLOAT


def _other_value(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    value = _value(drawn, events)
    if drawn.random() < 0.5:
        value.simple_value = float("nan")
    else:
        value.ClearField("tensor")


def _twice(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    event = drawn.choice([each for each in events if each.summary.value])
    event.summary.value.append(event.summary.value[0])


def _tag(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    texts = [text for text in draws.TEXTS if text.isprintable() or text.isascii()]
    _value(drawn, events).tag = drawn.choice(texts)


def _session(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    log = event_pb2.SessionLog(status=drawn.choice((0, 1, 2, 3)))
    events.insert(drawn.randrange(len(events)), event_pb2.Event(step=5, session_log=log))


def _lonely(drawn: random.Random, events: list[event_pb2.Event]) -> None:
    """A tag whose first value is only a name."""
    value = summary_pb2.Summary.Value(tag="alone/cam")
    value.metadata.plugin_data.plugin_name = schema.BLOBS_PLUGIN
    events.append(event_pb2.Event(step=1, summary=summary_pb2.Summary(value=[value])))


DAMAGES: Mapping[Callable[[random.Random, list[event_pb2.Event]], None], None] = dict.fromkeys(
    (
        _step,
        _time,
        _order,
        _content,
        _plugin,
        _attempt,
        _class,
        _tensor,
        _other_value,
        _twice,
        _tag,
        _session,
        _lonely,
    )
)


def _cut(drawn: random.Random, blocks: list[bytes]) -> bytes:
    whole = b"".join(map(block, blocks))
    return whole[: drawn.randrange(len(whole))]


def _flipped(drawn: random.Random, blocks: list[bytes]) -> bytes:
    whole = bytearray(b"".join(map(block, blocks)))
    whole[drawn.randrange(len(whole))] ^= 1 << drawn.randrange(8)
    return bytes(whole)


def _other_content(drawn: random.Random, blocks: list[bytes]) -> bytes:
    """Checksums hold, and what they are of is no event."""
    spoilt = bytearray(drawn.choice(blocks))
    for _ in range(3):
        spoilt[drawn.randrange(len(spoilt))] = drawn.randrange(256)
    return b"".join(map(block, [*blocks[: len(blocks) // 2], bytes(spoilt), b"", *blocks[-1:]]))


def _enormous(drawn: random.Random, blocks: list[bytes]) -> bytes:
    length = struct.pack("<Q", drawn.choice((2**31, 2**40, 2**62, 2**64 - 1)))
    said = length + struct.pack("<I", masked(length)) + b"little"
    return b"".join(map(block, blocks)) + said


SPOILT = (
    (_cut, "cut"),
    (_flipped, "flipped"),
    (_other_content, "other content"),
    (_enormous, "enormous"),
    (lambda drawn, blocks: b"", "empty"),
    (lambda drawn, blocks: drawn.randbytes(100), "noise"),
)
