"""Writes the golden records: `<name>.bin` as `schema.pack` made it, `<name>.json` what it says.

    python -m tests.golden.make

Python's `schema.unpack` and the page's decoder are both tested against these files. A golden
record stays as it is for ever, so that what was once written stays readable: a change of format
adds files under new names. The JSON says for every array its safetensors dtype, its shape and
its values in C order, with "NaN", "Infinity" and "-Infinity" as text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tb_explain import schema
from tests.golden import attention, attributions, layers, sensitivity, setups

FOLDER = Path(__file__).parent
DTYPES = {
    "uint8": "U8",
    "int8": "I8",
    "float32": "F32",
    "float64": "F64",
    "int32": "I32",
    "int64": "I64",
}
# The smallest PNG: one grey pixel of 8 bits.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


def records() -> dict[str, schema.Record]:
    """Returns the golden records by name."""
    return {
        "v1_probe": _probe(),
        "v1_predictions": _predictions(),
        "v1_cam": _cam(),
        "v1_cam_nonfinite": _cam_nonfinite(),
        "v1_gap": _gap(),
        **layers.records(),
        **attention.records(),
        **attributions.records(),
        **sensitivity.records(),
        **setups.records(),
    }


def expectation(record: schema.Record) -> dict[str, Any]:
    """Returns what a decoder must find in `record`."""
    return {
        "kind": record.kind,
        "monitor": record.monitor,
        "step": record.step,
        "epoch": record.epoch,
        "written": record.written,
        "fields": record.fields,
        "arrays": {name: _described(array) for name, array in sorted(record.arrays.items())},
    }


def _described(array: np.ndarray) -> dict[str, Any]:
    values = [_number(value) for value in array.ravel().tolist()]
    return {"dtype": DTYPES[str(array.dtype)], "shape": list(array.shape), "data": values}


def _number(value: float) -> float | str:
    if isinstance(value, int) or np.isfinite(value):
        return value
    return "NaN" if np.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _probe() -> schema.Record:
    fields = {
        "digest": "c0ffee0123456789",
        "hashes": ["00000000000000aa", "00000000000000bb", "00000000000000cc"],
        "names": ["0", "<img src=x onerror=alert(1)>", "größe \U0001f600 ../.."],
        "modality": "image",
        "store_inputs": "thumbnail",
        "display": "as is",
        "shape": [1, 1, 1],
        "class_names": ["cat", "dog"],
    }
    arrays = {
        "labels": np.array([0, 1, -1], np.int32),
        "images": np.frombuffer(PNG * 3, np.uint8),
        "image_ends": np.array([len(PNG), 2 * len(PNG), 3 * len(PNG)], np.int64),
    }
    return schema.Record("probe", "gradcam", 0, -1, 1, fields, arrays)


def _predictions_fields(gap: str | None) -> dict[str, Any]:
    return {
        "probe": "c0ffee0123456789",
        "activation": "softmax",
        "cost_ms": 12.5,
        "overhead": None,
        "every": "every epoch",
        "weights": "raw",
        "notes": ["no sample of class 'dog'"],
        "gap": gap,
    }


def _predictions() -> schema.Record:
    arrays = {
        "classes": np.array([[0, 1], [1, 0], [0, 1]], np.int32),
        "scores": np.array([[0.75, 0.25], [0.5, 0.5], [1.0, 0.0]], np.float32),
        "label_score": np.array([0.75, 0.5, np.nan], np.float32),
        "loss": np.array([0.28768207, 0.6931472, np.nan], np.float32),
    }
    return schema.Record("predictions", "gradcam", 1175, 3, 5, _predictions_fields(None), arrays)


def _gap() -> schema.Record:
    gap = "RuntimeError: the layer 'features.9' was not run"
    return schema.Record("predictions", "gradcam", 1410, 4, 6, _predictions_fields(gap))


def _cam_fields(*maps: tuple[str, bool]) -> dict[str, Any]:
    return {
        "probe": "c0ffee0123456789",
        "targets": [{"spec": "label"}],
        "maps": [
            {
                "array": f"map.{n}",
                "method": method,
                "layer": "features.7",
                "target": 0,
                "signed": signed,
                "unit": "logit",
            }
            for n, (method, signed) in enumerate(maps)
        ],
    }


def _cam() -> schema.Record:
    ramp = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    unsigned = np.concatenate([ramp, 0 * ramp, ramp / 1024])  # the middle one is flat
    signed = np.concatenate([ramp - 2.5, -ramp, 0 * ramp])
    arrays: dict[str, np.ndarray] = {
        "target.0": np.array([0, 1, 0], np.int32),
        "output.0": np.array([2.5, -0.125, 7.0], np.float32),
    }
    arrays["map.0"], arrays["map.0.scale"] = schema.quantise(unsigned, signed=False)
    arrays["map.1"], arrays["map.1.scale"] = schema.quantise(signed, signed=True)
    fields = _cam_fields(("gradcam", False), ("hirescam", True))
    return schema.Record("cam", "gradcam", 1175, 3, 5, fields, arrays)


def _cam_nonfinite() -> schema.Record:
    values = np.array([[[0.5, np.nan], [np.inf, -np.inf]]], np.float32)
    arrays = {"target.0": np.array([1], np.int32), "output.0": np.array([np.nan], np.float32)}
    arrays["map.0"], arrays["map.0.scale"] = schema.quantise(values, signed=True)
    return schema.Record("cam", "gradcam", 1410, 4, 6, _cam_fields(("hirescam", True)), arrays)


def main() -> None:
    """Writes all files that are not there yet."""
    for name, record in records().items():
        packed = FOLDER / f"{name}.bin"
        if not packed.exists():
            packed.write_bytes(schema.pack(record))
            text = json.dumps(expectation(record), indent=1, ensure_ascii=False, allow_nan=False)
            packed.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
