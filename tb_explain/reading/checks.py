"""Whether a record is what its kind says: then whatever uses it may take that for granted.

The page checks the same for itself, in frontend/src/kinds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tb_explain import schema
from tb_explain.reading.fields import FIELDS, HAVE_GAPS, STATUS
from tb_explain.reading.forms import faults
from tb_explain.reading.record import SCALE
from tb_explain.reading.shapes import ARRAYS, Expected

_LONGEST_SHOWN = 80  # characters of a name in a message


def check(record: schema.Record) -> None:
    """Makes sure that `record` is well-formed.

    Raises:
      RecordError: its fields or arrays are not those of its kind; the message says which.
    """
    if record.kind not in FIELDS:
        raise schema.RecordError(f"It is of the unknown kind {_shown(record.kind)}.")
    gap = record.kind in HAVE_GAPS and record.fields.get("gap") is not None
    forms = STATUS if gap else {**STATUS, **FIELDS[record.kind]}
    if gap and record.arrays:
        raise schema.RecordError("It is a gap and holds arrays.")
    wrong = faults(record.fields, forms)
    if wrong:
        raise schema.RecordError(
            f"Its {', '.join(wrong)} are not those of {record.kind}: see tb_explain.schema."
        )
    sizes: dict[str, int] = {}
    for expected in () if gap else ARRAYS[record.kind](record.fields):
        _check_array(record.arrays, expected, sizes)
    _check_scales(record.arrays)
    _check_pictures(record.arrays)


def _check_array(
    arrays: Mapping[str, np.ndarray], expected: Expected, sizes: dict[str, int]
) -> None:
    name, types, shape = expected
    array = arrays.get(name.removesuffix("?"))
    if array is None:
        if not name.endswith("?"):
            raise schema.RecordError(f"Its array {_shown(name)} is missing.")
        return
    known = [
        sizes.setdefault(each, size) if isinstance(each, str) and each != "*" else each
        for each, size in zip(shape, array.shape, strict=False)
    ]
    fits = len(shape) == array.ndim and all(
        each in ("*", size) for each, size in zip(known, array.shape, strict=True)
    )
    if not fits or array.dtype.str[1:] not in types.split():
        raise schema.RecordError(
            f"Its array {_shown(name.removesuffix('?'))} is {array.dtype}"
            f"{list(array.shape)}, not {types} {known}."
        )


def _check_scales(arrays: Mapping[str, np.ndarray]) -> None:
    """Scales belong to the first axes of what they scale."""
    for name, scale in arrays.items():
        scaled = arrays.get(name.removesuffix(SCALE))
        if not name.endswith(SCALE) or scaled is None:
            continue
        if scale.shape != scaled.shape[: scale.ndim]:
            raise schema.RecordError(f"Its array {_shown(name)} fits no {scaled.shape}.")


def _check_pictures(arrays: Mapping[str, np.ndarray]) -> None:
    if ("images" in arrays) != ("image_ends" in arrays):
        raise schema.RecordError("Its pictures have no ends, or ends no pictures.")
    if "images" in arrays:
        ends = np.concatenate([[0], arrays["image_ends"]])
        if (np.diff(ends) < 0).any() or ends[-1] > len(arrays["images"]):
            raise schema.RecordError("Its pictures overlap or are cut off.")


def _shown(name: str) -> str:
    return repr(name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "...")
