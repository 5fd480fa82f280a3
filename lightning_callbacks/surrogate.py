"""`SurrogateMonitor`: a linear model and a shallow tree that imitate the model, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from typing_extensions import Unpack

from lightning_callbacks import layers
from lightning_callbacks.batches import chunks, to_model
from lightning_callbacks.capture import captured
from lightning_callbacks.forwarding import ForwardSpec, run
from lightning_callbacks.layers import LayerSpec
from lightning_callbacks.monitor import Monitor, MonitorOptions
from lightning_callbacks.probe import DrawnProbe, Probe
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.targets import logits_of

DEFAULT_SAMPLES = 512
_SAMPLES_AT_ONCE = 64
_FEWEST_SAMPLES = 8
_SEED = 0


@dataclass(frozen=True)
class _Split:
    """Features and outputs, one half to fit to and one held out; features standardised."""

    fitted: tuple[np.ndarray, np.ndarray]
    held_out: tuple[np.ndarray, np.ndarray]
    means: np.ndarray
    deviations: np.ndarray


class SurrogateMonitor(Monitor):
    """Records how well simple models imitate the model's outputs, and what they look like.

    A ridge regression and a shallow regression tree are fitted to the logits on one half of the
    samples; fidelity is measured on the other: R^2 (of all outputs together) and, of classifiers,
    how often the imitation names the same class. Where fidelity is low, the model is no linear
    function (no small tree) of the features, and the surrogate explains nothing.

    Args:
      layer: features are the outputs of this layer, averaged over space or tokens; None: the
        columns of a table as they are (categories as one column for each).
      ridge: weight of the squared coefficients, in units of a sample.
      depth: of the tree.
      forward: how to get logits, as in `forwarding.run`.
      **options: as for every `Monitor`; the probe is by default 512 samples of the validation data.

    Raises:
      ValueError: a depth below 1 or a negative ridge.
    """

    default_name = "surrogate"
    remembers = False
    status_kind = "surrogate"

    def __init__(
        self,
        layer: LayerSpec | None = None,
        *,
        ridge: float = 1.0,
        depth: int = 3,
        forward: ForwardSpec | None = None,
        **options: Unpack[MonitorOptions],
    ) -> None:
        if depth < 1 or ridge < 0:
            raise ValueError(
                f"depth must be 1 or more and ridge 0 or more, not {depth} and {ridge}."
            )
        if options.get("probe") is None:
            options["probe"] = Probe(samples=DEFAULT_SAMPLES)
        super().__init__(**options)
        self._layer = layer
        self._ridge = ridge
        self._depth = depth
        self._forward = partial(run, forward=forward, input_key=self._probe.input_key)

    def _shown_probe(self) -> DrawnProbe | None:
        # Its samples are not shown one by one.
        return None

    def observe(self, model: nn.Module, probe: DrawnProbe) -> Observation:
        """Returns fidelity, coefficients and tree as a `surrogate` record.

        Raises:
          ValueError: there are too few samples, or no table and no layer.
        """
        if len(probe.inputs) < _FEWEST_SAMPLES:
            raise ValueError(
                f"The probe has {len(probe.inputs)} samples; a surrogate needs at least "
                f"{_FEWEST_SAMPLES}. Give probe=Probe(data=..., samples=...)."
            )
        outputs, pooled = self._run(model, probe)
        names, features = _table(probe) if pooled is None else _units(pooled)
        split = _split(features, outputs)
        ridge, (coefficients, intercept) = self._linear(split)
        tree = self._tree(split)
        arrays = {
            "coefficients": coefficients,
            "intercept": intercept,
            "means": split.means,
            "deviations": split.deviations,
        }
        fields = {
            "features": names,
            "outputs": _output_names(probe, outputs.shape[1]),
            "models": [ridge, tree],
            "fitted": len(split.fitted[0]),
            "held_out": len(split.held_out[0]),
        }
        in_float = {name: values.astype(np.float32) for name, values in arrays.items()}
        return Observation([Part("surrogate", fields, in_float)])

    @torch.no_grad()
    def _run(self, model: nn.Module, probe: DrawnProbe) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns the logits [N, C], and the layer's pooled outputs [N, D] where there is one."""
        watched = {} if self._layer is None else layers.named_layers(model, [self._layer])
        outputs: list[Tensor] = []
        pooled: list[Tensor] = []
        batch = to_model(probe.batch, model)
        for part, few in chunks(batch, len(probe.inputs), _SAMPLES_AT_ONCE):
            with captured(watched) as seen:
                outputs.append(logits_of(self._forward(model, few), part.stop - part.start).cpu())
            pooled += [_pooled(output).cpu() for output in seen.values()]
        logits: np.ndarray = torch.cat(outputs).double().numpy()
        return logits, torch.cat(pooled).double().numpy() if pooled else None

    def _linear(self, split: _Split) -> tuple[dict[str, Any], tuple[np.ndarray, np.ndarray]]:
        linear = _learners().Ridge(alpha=self._ridge).fit(*split.fitted)
        coefficients = np.atleast_2d(linear.coef_)
        return _described("ridge", linear, split), (coefficients, np.atleast_1d(linear.intercept_))

    def _tree(self, split: _Split) -> dict[str, Any]:
        tree = _learners().DecisionTreeRegressor(max_depth=self._depth, random_state=_SEED)
        tree.fit(*split.fitted)
        return {**_described("tree", tree, split), "tree": _nodes(tree.tree_, split)}


class _Learners:
    """scikit-learn's, which is loaded when first needed."""

    def __init__(self) -> None:
        from sklearn.linear_model import Ridge
        from sklearn.tree import DecisionTreeRegressor

        self.Ridge = Ridge
        self.DecisionTreeRegressor = DecisionTreeRegressor


def _learners() -> _Learners:
    try:
        return _Learners()
    except ImportError as error:
        raise ImportError(
            "SurrogateMonitor needs scikit-learn: pip install tb-explain[surrogate]."
        ) from error


def _pooled(output: Tensor) -> Tensor:
    """Returns [N, D]: the mean over space ([N, D, ...]) or tokens ([N, T, D])."""
    if output.dim() == 3:  # [N, T, D]
        return output.mean(dim=1)
    return output.flatten(2).mean(dim=2) if output.dim() > 2 else output


def _units(pooled: np.ndarray) -> tuple[list[str], np.ndarray]:
    return [f"unit {index}" for index in range(pooled.shape[1])], pooled


def _table(probe: DrawnProbe) -> tuple[list[str], np.ndarray]:
    """Returns the names and values [N, F] of a table's features; a column for each category."""
    if probe.values is None or probe.features is None:
        raise ValueError(
            f"The inputs are of kind {probe.modality!r}"
            + (" and not stored" if probe.features is not None else "")
            + ". Name a layer whose outputs are the features: SurrogateMonitor(layer='...')."
        )
    names: list[str] = []
    columns: list[np.ndarray] = []
    for feature, values in zip(probe.features, probe.values.numpy().T, strict=True):
        if feature.categories is None:
            names.append(feature.name)
            columns.append(values)
        else:
            names += [f"{feature.name} = {category}" for category in feature.categories]
            columns += [values == index for index in range(len(feature.categories))]
    return names, np.stack(columns, axis=1).astype(np.float64)


def _split(features: np.ndarray, outputs: np.ndarray) -> _Split:
    """Standardises by the half that is fitted to; columns that are constant there become 0."""
    order = np.random.default_rng(_SEED).permutation(len(features))
    first, second = np.array_split(order, 2)
    means, deviations = features[first].mean(axis=0), features[first].std(axis=0)
    scaled = (features - means) / np.where(deviations > 0, deviations, np.inf)
    return _Split(
        (scaled[first], outputs[first]), (scaled[second], outputs[second]), means, deviations
    )


def _described(name: str, model: Any, split: _Split) -> dict[str, Any]:
    held_out, truth = split.held_out
    imitated = model.predict(held_out).reshape(truth.shape)
    fitted = model.predict(split.fitted[0]).reshape(split.fitted[1].shape)
    return {
        "name": name,
        "r2": r2(truth, imitated),
        "r2_fitted": r2(split.fitted[1], fitted),
        "agreement": agreement(truth, imitated),
        "tree": None,
    }


def r2(truth: np.ndarray, imitated: np.ndarray) -> float | None:
    """Returns 1 - sum of squared errors / sum of squares about the mean, over all outputs [N, C].

    None where the outputs are constant.
    """
    spread = ((truth - truth.mean(axis=0)) ** 2).sum()
    return float(1 - ((truth - imitated) ** 2).sum() / spread) if spread > 0 else None


def agreement(truth: np.ndarray, imitated: np.ndarray) -> float | None:
    """Returns how often both [N, C] name the same class; of one logit, the same sign."""
    if truth.shape[1] == 1:
        return float(((truth > 0) == (imitated > 0)).mean())
    return float((truth.argmax(axis=1) == imitated.argmax(axis=1)).mean())


def _nodes(tree: Any, split: _Split) -> list[dict[str, Any]]:
    """Returns scikit-learn's tree as the `surrogate` record has it, thresholds in feature units."""
    nodes = []
    for index in range(tree.node_count):
        is_leaf = tree.children_left[index] < 0
        feature = None if is_leaf else int(tree.feature[index])
        threshold = None
        if feature is not None:
            scaled = float(tree.threshold[index])
            threshold = float(split.means[feature] + scaled * split.deviations[feature])
        nodes.append(
            {
                "feature": feature,
                "threshold": threshold,
                "left": None if is_leaf else int(tree.children_left[index]),
                "right": None if is_leaf else int(tree.children_right[index]),
                "value": tree.value[index].ravel().tolist(),
                "samples": int(tree.n_node_samples[index]),
            }
        )
    return nodes


def _output_names(probe: DrawnProbe, count: int) -> Sequence[str]:
    known = list(probe.class_names or ())
    return known if len(known) == count else [f"output {index}" for index in range(count)]
