"""The on-disk format: names, kinds, versions, quantisation. Both sides import it.

A **record** is one block of bytes in the public safetensors layout: named arrays, and
one metadata entry `record` that holds this JSON object:

    {"version": 1, "kind": "cam", "monitor": "gradcam", "step": 1175, "epoch": 3,
     "written": 5, ...fields of the kind}

`step` counts completed optimizer steps, `epoch` is the index of the epoch that was just
finished (-1: the untrained model), and `written` counts the records of this tag so far,
this one included: a reader that holds fewer than the largest `written` knows how many were
sampled away. A record of any kind may have the field `keep`, which says in words which of its
monitor's records stay; the others were meant to go.

A record is stored as a DT_STRING tensor, one value per (tag, step). The tag is
`<monitor>/<kind>`, but `probe/<digest>` for a probe, which monitors share; in a directory that was
written to before, `~1` and so on is added (`attempts.py`). Numbers that JSON lacks
(NaN, infinity) stand as the texts "NaN", "Infinity" and "-Infinity" where a field's value may be one.

**Status fields** are what the monitor says of itself: `probe` (digest or null), `cost_ms`, `overhead`
(fraction of training time or null), `every` (the schedule in words), `weights` ("raw" or
"averaged"), `notes` [text], `gap` (text or null). A monitor's first record of a step holds them. A gap
(a monitor that failed) is such a record with `gap` set and no arrays.

| kind | plugin name, data class | fields of the JSON object | arrays |
|---|---|---|---|
| `probe` | tb_explain_blobs, BLOB_SEQUENCE | `digest`, `hashes` [N], `names` [N], `modality` ("image", "series", "text" or "tabular"), `store_inputs`, `display`, `shape` (of one input, without N), `class_names` or null, `tokens` [N][T] (text) or null, `features` [F] (tabular): {`name`, `unit` or null, `categories` [text] or null} or null | `labels` int32 [N] (-1: none), `values` float32 [N, F] (tabular: in the features' units, or an index into `categories`), `signals` float32 [N, C, L] (series: means of runs of points), `images` uint8 [bytes], `image_ends` int64 [N]: image n is the PNG `images[image_ends[n-1]:image_ends[n]]`; all but labels absent when inputs are not stored |
| `predictions` | tb_explain, TENSOR | status, `activation` ("softmax", "sigmoid" or "none") | `classes` uint8 or int32 [N, K], by falling score, `scores` float32 [N, K] (probabilities, or outputs where `activation` is "none"), `label_score` float32 [N] (NaN: no label), `loss` float32 [N] (cross-entropy in nats, NaN: no label) |
| `cam` | tb_explain_blobs, BLOB_SEQUENCE | `probe`, `targets`: [{`spec`}], `maps`: [{`array`, `method`, `layer`, `target` (index into `targets`), `signed`, `unit`}] | per target t: `target.<t>` int32 [N] (class), `output.<t>` float32 [N] (its logit); per map m: `map.<m>` [N, h, w] and `map.<m>.scale` float32 [N], see `quantise` |
| `layer_table` | tb_explain, TENSOR | `digest`, `what` ("activations", "gradients" or "weights"), `layers` [L] in the order of the forward pass (activations) or of definition: {`name`, `type` (class of its module), `shape` (of one output without N, or of the parameter), `size` (values counted per record)}, `statistics` [S]: {`name`, `label`, `unit`, `scale` ("log", "linear", "signed" or "fraction"), `rollup`} | |
| `layer_statistics` | tb_explain_blobs, BLOB_SEQUENCE (early logs: tb_explain, TENSOR) | status, `table` (digest of a `layer_table`), `what` | `values` float32 [L, S] (NaN: not defined for the layer), `dead` int32 [D, 2]: (layer, unit) of every unit dead now |
| `layer_histograms` | tb_explain_blobs, BLOB_SEQUENCE (early logs: tb_explain, TENSOR) | `table`, `what`, `mantissa_bits` | `bins` uint8 [bytes], `ends` int32 [L], see `histograms.py` |
| `feature_maps` | tb_explain_blobs, BLOB_SEQUENCE | `probe`, `samples` [n] (indices into the probe), `maps`: [{`array`, `layer`, `channels` [K], `signed`}] | per map m: `map.<m>` uint8 or int8 [n, K, h, w] and `map.<m>.scale` float32 [n, K] |
| `filters` | tb_explain_blobs, BLOB_SEQUENCE | `layer`, `channels` [O] | `filters` int8 [O, I, h, w], `filters.scale` float32 [O] |
| `alerts` | tb_explain, TENSOR | `what`, `raised`: [{`rule`, `layer`, `value`, `limit`, `message`}], `cleared`: [{`rule`, `layer`}], `active`: [{`rule`, `layer`, `since` (step)}] after both; written only when something changes | |
| `attention_statistics` | tb_explain, TENSOR | `probe`, `layers` [L]: {`name`, `heads`, `source` ("module", "function" or "output")} | float32 [L, H], NaN beyond a layer's heads, means over samples and real tokens: `entropy` (nats), `distance` (tokens, or cells of the grid), `first` (share on the first token) |
| `attention` | tb_explain_blobs, BLOB_SEQUENCE | `probe`, `samples` [n], `lengths` [n] (real tokens), `prefix` (tokens before a grid's cells), `grid` [h, w] or null, `layers` [L] as above, `rollout_from` ("first token", "last token" or "mean of tokens"), `target` (as "prediction", or null) | per layer l: `map.<l>` uint8 [n, H, Tq, Tk] and `map.<l>.scale` float32 [n, H, Tq] (row times scale), or of long sequences the k largest per row: `map.<l>` uint8 [n, H, Tq, k] with `index.<l>` uint8 (of up to 256 keys) or int32 [n, H, Tq, k]; `rollout` float32 [n, T] (sums to 1; absent where not all layers attend within one sequence), `relevance` float32 [n, T] (absent where there is no target or no rollout) |
| `graph` | tb_explain, TENSOR | status, `nodes`: [{`id`, `name`, `kind` ("input", "module", "operation", "untraced" or "output"), `type`, `parent` (id of the module around it, or null), `shape` (of its first output, with N) or null, `parameters` (its own and those inside), `macs` (per sample, inside too), `activation_bytes` (per sample), `calls`}], `edges`: [[from id, to id]] between nodes without children | |
| `outputs` | tb_explain, TENSOR | status, `task` ("classification", "regression"), `samples`, `class_names` or null, `measures`: {name: number or null}; of classification `accuracy`, `ece`, `nll`, of regression `mae`, `rmse`, `r2` | classification, over B confidence bins of equal width: `bin_count` int32 [B], `bin_confidence` float32 [B], `bin_accuracy` float32 [B] (NaN: empty), `confidence` int32 [2, B] (wrong, right), and `confusion` int32 [C, C] (true, predicted), or of more than 64 classes the most frequent confusions `confused` int32 [K, 3] (true, predicted, count); regression: `edges` float32 [B + 1], `residuals` int32 [B] (prediction minus truth), `residual_quantiles` float32 [5] (5, 25, 50, 75, 95 %), `truth_edges` float32 [B + 1], `joint` int32 [B, B] (truth, prediction) |
| `attribution` | tb_explain_blobs, BLOB_SEQUENCE | `probe`, `space` ("image", "text", "tabular" or "series": what the last axes of maps are), `targets`: [{`spec`}], `maps`: [{`array`, `method`, `title`, `target` (index into `targets`), `signed`, `unit`, `baseline` (in words, or null), `complete` (whether values should add up to output - base), `caveat` (why to doubt the method, or null), `notes` [text], `cost_ms`}] | per target t: `target.<t>` int32 [N] (class; -1: none), `output.<t>` float32 [N]; per map m: `map.<m>` of an image [N, h, w] (summed over channels, of large images over blocks of pixels), of text [N, T], of a table [N, F] (features of the probe), of a series [N, C, L] (summed over runs of points), and `map.<m>.scale` float32 [N], see `quantise` (texts and tables: float32, scale 1); where the method has them `map.<m>.base` float32 [N] (what values add up from), `map.<m>.total` float32 [N] (their exact sum), `map.<m>.fit` float32 [N] (weighted R^2) and of text `map.<m>.l2` float32 [N, T] (Euclidean norm over a token's embedding) |
| `attribution_summary` | tb_explain_blobs, BLOB_SEQUENCE | status, `space`, `samples` (how many it is of), `features`, `class_names` (as of a `probe`), `privacy`: {`epsilon`, `delta`, `clip`, `noise` (standard deviation), `spent_epsilon` (of all releases so far), `releases`, `planned_releases`} or null, `summaries`: [{`array`, `method`, `title`, `target` (spec), `unit`, `signed`, `classes` [K] (of class means, or null), `tokens`: [{`class`, `token`, `mean`, `count`}] or null}] | per summary s, of a table: `mean_abs.<s>`, `low.<s>`, `high.<s>` (its 95 % bootstrap interval), `mean.<s>`, `mean_low.<s>`, `mean_high.<s>` float32 [F] (under privacy the two means alone), `swarm.<s>` float32 [n, F] (values of n samples), `interaction.<s>` float32 [F, F] (0 to 1: how much of feature i's attribution, at equal values of i, follows feature j), and once `swarm_values` float32 [n, F] (the features' values); of images `class_mean.<s>` int8 or uint8 [K, h, w] with `class_mean.<s>.scale` float32 [K]; of a series [K, C, L] likewise |
| `explanation_quality` | tb_explain, TENSOR | status, `target` (spec), `methods` [M]: {`name`, `title`}, `measures` [S]: {`name`, `label`, `unit`, `better` ("high", "low" or null), `source`}, `verdicts`: [{`method`, `measure`, `level` ("fail" or "warn"), `message`}], `fractions` [P] (of the input removed or added) | `values` float32 [M, S, N] (NaN: not measured), `control` float32 [S, N] (the same for a random order; NaN: none), `agreement` float32 [M, M] (mean Spearman correlation of the magnitudes of two methods' maps), `deletion`, `insertion` float32 [M + 1, P] (mean curves; the last row is the random order) |
| `surrogate` | tb_explain, TENSOR | status, `features` [F], `outputs` [C] (names), `models`: [{`name` ("ridge" or "tree"), `r2`, `agreement`, `r2_fitted` (numbers or null), `tree`: nodes [{`feature`, `threshold`, `left`, `right`, `value` [C], `samples`}] or null}], `fitted`, `held_out` (samples) | `coefficients` float32 [C, F] (of the ridge, per standard deviation of a feature), `intercept` float32 [C], `means`, `deviations` float32 [F] |
| `sensitivity` | tb_explain_blobs, BLOB_SEQUENCE | status, `edit` ("unstructured", "channel", "heads", "n:m", "bits" or "clusters"), `samples`, `metric` (name), `estimate` (name, or null: measured exactly), `mode` ("bitwise", "fused" or "bf16"), `units` [U]: {`name`, `type`, `members` [name], `size`, `parameters`, `macs`, `seconds` (number or null), `shape` (of a parameter, output axis first; else [])}, `layers`: [{`name`, `parameters`, `macs`, `seconds` (or null), `out` (unit or null), `ins`: [[unit, share]]}], `level_names` [K], `dense`: {`loss`, `metric`} (numbers or null), `correlation`: {`overall`, `across`} (of an estimate with the last exact scan) or {}; `planning/sensitivity.py` defines them | `levels` float64 [K]; float64 [U, K], NaN where not measured, absent where nothing was: `kl`, `kl_batch`, `loss`, `metric` and the standard errors `kl.error`, `kl_batch.error`, `loss.error`, `metric.error`; `removed` int64 [U, K], `stored_bits` float64 [U, K], `repaired` float64 [U, K] (each absent where it does not apply); `shares` float64 [G] and `counts.<allocator>` int64 [G, U] |
| `plan` | tb_explain, TENSOR | status, `stage` ("planned", "applied", "finished"), `plan` (the object of `planning/plan.py`), `candidates`: [{`allocator`, `predicted`: {}, `verified`: {} or null}] (the plans it was chosen from; numbers or null), `before`, `after`: {`metric`, `loss`, `parameters`, `macs`, `seconds`, `bytes`} (numbers or null) or null | |
| `setup` | tb_explain, TENSOR | `digest`, `preset`, `max_overhead` (fraction or null), `modality` (as of a `probe`), `task` ("classification", "regression"), each null where it is not known, `facts`: [{`name`, `value` (in words)}], `monitors`: [{`name`, `callback` (class), `settings` {keyword: its value as Python writes it}, `every`, `reason`}], `left_out`: [{`callback`, `reason`}], `cost_ms` (of choosing) | |

The `rollup` of a statistic says how a module's value follows from those of its parameters: "root-sum-square",
"mean" (weighted by size), "sum", "max", "min", ["ratio", a, b] (of two rolled-up statistics),
["deviation", m] (standard deviation, whose mean is the statistic m), or null.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from tensorboard.compat.proto import summary_pb2, tensor_pb2, tensor_shape_pb2, types_pb2

from tb_explain.attempts import Attempt

VERSION = 1
SERIES_PLUGIN = "tb_explain"
BLOBS_PLUGIN = "tb_explain_blobs"
UNTRAINED_EPOCH = -1
FIRST_ATTEMPT = Attempt()

KINDS: Mapping[str, str] = {
    "probe": BLOBS_PLUGIN,
    "predictions": SERIES_PLUGIN,
    "cam": BLOBS_PLUGIN,
    "layer_table": SERIES_PLUGIN,
    "layer_statistics": BLOBS_PLUGIN,
    "layer_histograms": BLOBS_PLUGIN,
    "feature_maps": BLOBS_PLUGIN,
    "filters": BLOBS_PLUGIN,
    "alerts": SERIES_PLUGIN,
    "attention_statistics": SERIES_PLUGIN,
    "attention": BLOBS_PLUGIN,
    "graph": SERIES_PLUGIN,
    "outputs": SERIES_PLUGIN,
    "attribution": BLOBS_PLUGIN,
    "attribution_summary": BLOBS_PLUGIN,
    "explanation_quality": SERIES_PLUGIN,
    "surrogate": SERIES_PLUGIN,
    "sensitivity": BLOBS_PLUGIN,
    "plan": SERIES_PLUGIN,
    "setup": SERIES_PLUGIN,
}
# Plugins that kinds were stored under in early logs, which are still read.
EARLIER_PLUGINS: Mapping[str, str] = {
    "layer_statistics": SERIES_PLUGIN,
    "layer_histograms": SERIES_PLUGIN,
}

_DATA_CLASSES = {
    SERIES_PLUGIN: summary_pb2.DATA_CLASS_TENSOR,
    BLOBS_PLUGIN: summary_pb2.DATA_CLASS_BLOB_SEQUENCE,
}
_METADATA_KEY = "record"
_COMMON_FIELDS: Mapping[str, type] = {
    "version": int,
    "kind": str,
    "monitor": str,
    "step": int,
    "epoch": int,
    "written": int,
}
_WIDEST = 2**53  # whole numbers that both Python and a page hold exactly
# An array of no values may declare any sizes: no more than those of a large picture.
_LARGEST_EMPTY = 2**20
_LONGEST_SHOWN = 200  # characters of what was found, in a message
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class RecordError(ValueError):
    """Bytes that are not a record of a version this package can read."""


@dataclass(frozen=True)
class Record:
    """One record, as written by a monitor at one step; the module docstring defines it.

    Attributes:
      kind: a key of `KINDS`.
      monitor: name of the monitor that wrote it.
      step: completed optimizer steps.
      epoch: the epoch just finished; -1 for the untrained model.
      written: records of this tag so far, this one included.
      fields: the JSON fields of the kind.
      arrays: the named arrays of the kind.
    """

    kind: str
    monitor: str
    step: int
    epoch: int
    written: int
    fields: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def tag(self) -> str:
        """The tag this record is stored under."""
        if self.kind == "probe":
            return f"probe/{self.fields['digest']}"
        return f"{self.monitor}/{self.kind}"


def pack(record: Record) -> bytes:
    """Returns the bytes of `record`, in the layout of the module docstring.

    Raises:
      ValueError: the kind is unknown, or a field has the name of a common one.
    """
    if record.kind not in KINDS:
        raise ValueError(f"Unknown record kind {record.kind!r}. Expect one of {sorted(KINDS)}.")
    clash = set(_COMMON_FIELDS) & set(record.fields)
    if clash:
        raise ValueError(f"Fields {sorted(clash)} are set by the record itself; rename them.")
    header = {
        "version": VERSION,
        "kind": record.kind,
        "monitor": record.monitor,
        "step": record.step,
        "epoch": record.epoch,
        "written": record.written,
        **record.fields,
    }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    arrays = {name: np.ascontiguousarray(array) for name, array in record.arrays.items()}
    return safetensors.numpy.save(arrays, metadata={_METADATA_KEY: text})


def unpack(data: bytes) -> Record:
    """Returns the record that `pack` made `data` from.

    What a kind's own fields and arrays are is not looked at: see `reading/checks.py`.

    Raises:
      RecordError: `data` is not a safetensors block, has no record header, or is of a
        newer version than this package reads.
    """
    try:
        arrays = safetensors.numpy.load(data)
        header = _strict(_safetensors_header(data)["__metadata__"][_METADATA_KEY])
        common = {name: header.pop(name) for name in _COMMON_FIELDS}
    except (safetensors.SafetensorError, *_NO_RECORD) as error:
        raise RecordError(f"Not a tb_explain record: {_shown(error)}") from error
    version = common.pop("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise RecordError(
            f"The record has format version {_shown(version)}; this tb-explain reads 1 to "
            f"{VERSION}. Update tb-explain."
        )
    _check(common, arrays)
    return Record(**common, fields=header, arrays=arrays)


_NO_RECORD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def _safetensors_header(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    return header


def _strict(text: str) -> dict[str, Any]:
    """Returns the object that `text` is; of what Python reads, only what JSON and UTF-8 can say."""
    found: dict[str, Any] = json.loads(
        text, parse_constant=_refused, parse_int=_whole, parse_float=_finite
    )
    if _SURROGATE.search(text):
        json.dumps(found, ensure_ascii=False).encode()
    return found


def _refused(text: str) -> None:
    raise ValueError(f"{text} is not JSON")


def _whole(text: str) -> int:
    if len(text) > len(str(-_WIDEST)) or abs(int(text)) > _WIDEST:
        raise ValueError(f"{text[:40]} is too large a number")
    return int(text)


def _finite(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"{text[:40]} is too large a number")
    return float(text)


def _check(common: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    for name, value in common.items():
        if type(value) is not _COMMON_FIELDS[name]:
            raise RecordError(f"Its field {name} is {_shown(value)}.")
    for name, array in arrays.items():
        if array.size == 0 and math.prod(size or 1 for size in array.shape) > _LARGEST_EMPTY:
            raise RecordError(
                f"Its array {_shown(name)} of no values declares the sizes {list(array.shape)}."
            )


def _shown(value: object) -> str:
    return repr(value)[:_LONGEST_SHOWN]


def quantise(values: np.ndarray, *, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Returns 8-bit maps and the scale of each, so that `values` is about maps * scale.

    Args:
      values: float [N, ...]; one map per entry of the first axis.
      signed: whether values below zero can occur: int8 in [-127, 127] if so, else uint8.

    Returns:
      (maps, scale): maps int8 or uint8 [N, ...], scale float32 [N], in the unit of `values`
      per count; the error is at most scale / 2. A map of zeros has scale 0. When any value is
      NaN or infinite, maps is `values` in float32, untouched, and every scale is 1.

    Raises:
      ValueError: `signed` is False and a value is negative.
    """
    values = np.asarray(values, dtype=np.float32)
    if not np.isfinite(values).all():
        return values, np.ones(len(values), np.float32)
    if not signed and values.size and values.min() < 0:
        raise ValueError(f"Unsigned maps hold the value {values.min()}; pass signed=True.")
    levels = 127 if signed else 255
    axes = tuple(range(1, values.ndim))
    peak = np.abs(values).max(axis=axes, initial=0.0)
    scale = (peak / levels).astype(np.float32)
    divisor = np.where(scale > 0, scale, 1).reshape(-1, *[1] * len(axes))
    counts = np.clip(np.rint(values / divisor), -levels, levels)
    return counts.astype(np.int8 if signed else np.uint8), scale


def dequantise(maps: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Returns float32 [N, ...]: each map times its scale."""
    values: np.ndarray = maps.astype(np.float32) * scale.reshape(-1, *[1] * (maps.ndim - 1))
    return values


def to_summary_value(
    record: Record, *, first: bool, attempt: Attempt = FIRST_ATTEMPT
) -> summary_pb2.Summary.Value:
    """Returns the summary value that stores `record`.

    Args:
      record: what to store.
      first: whether it is its tag's first in this event file; only then does it carry the
        metadata, of which TensorBoard keeps the first it sees.
      attempt: at its run, under whose tag it is stored.
    """
    blob = KINDS[record.kind] == BLOBS_PLUGIN
    shape = tensor_shape_pb2.TensorShapeProto()
    if blob:
        shape.dim.add(size=1)
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING, tensor_shape=shape, string_val=[pack(record)]
    )
    value = summary_pb2.Summary.Value(tag=attempt.tag(record.tag), tensor=tensor)
    if first:
        value.metadata.CopyFrom(_summary_metadata(record, attempt))
    return value


def _summary_metadata(record: Record, attempt: Attempt) -> summary_pb2.SummaryMetadata:
    plugin = KINDS[record.kind]
    content = {"version": VERSION, "kind": record.kind, "monitor": record.monitor}
    content |= attempt.content()
    return summary_pb2.SummaryMetadata(
        data_class=_DATA_CLASSES[plugin],
        plugin_data=summary_pb2.SummaryMetadata.PluginData(
            plugin_name=plugin, content=json.dumps(content).encode()
        ),
    )
