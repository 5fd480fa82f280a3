"""The attribution methods, one file each; `METHODS` is their registry, in display order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from lightning_callbacks.function import InputMethod
from lightning_callbacks.methods import (
    gradcam,
    gradcam_plus_plus,
    hirescam,
    layercam,
    xgradcam,
)
from lightning_callbacks.methods.attention import AttentionRelevance, AttentionRollout
from lightning_callbacks.methods.cam import CamMethod
from lightning_callbacks.methods.cam_of_function import CamOfFunction
from lightning_callbacks.methods.captum import Captum
from lightning_callbacks.methods.deep_lift import DeepLIFT, DeepLIFTSHAP
from lightning_callbacks.methods.exact_shapley import ExactShapley
from lightning_callbacks.methods.feature_ablation import FeatureAblation
from lightning_callbacks.methods.gradient_shap import GradientSHAP
from lightning_callbacks.methods.input_x_gradient import InputXGradient
from lightning_callbacks.methods.integrated_gradients import IntegratedGradients
from lightning_callbacks.methods.kernel_shap import KernelSHAP
from lightning_callbacks.methods.lime import LIME
from lightning_callbacks.methods.occlusion import Occlusion
from lightning_callbacks.methods.saliency import Saliency
from lightning_callbacks.methods.smoothgrad import SmoothGrad

T = TypeVar("T")
Method = CamMethod | InputMethod
# A name in METHODS, or a method with options of its own.
MethodSpec = str | InputMethod

METHODS: Mapping[str, Method] = {
    "gradcam": gradcam.METHOD,
    "gradcam++": gradcam_plus_plus.METHOD,
    "hirescam": hirescam.METHOD,
    "layercam": layercam.METHOD,
    "xgradcam": xgradcam.METHOD,
    "saliency": Saliency(),
    "input_x_gradient": InputXGradient(),
    "smoothgrad": SmoothGrad(),
    "integrated_gradients": IntegratedGradients(),
    "deeplift": DeepLIFT(),
    "gradient_shap": GradientSHAP(),
    "deeplift_shap": DeepLIFTSHAP(),
    "kernel_shap": KernelSHAP(),
    "exact_shapley": ExactShapley(),
    "lime": LIME(),
    "occlusion": Occlusion(),
    "feature_ablation": FeatureAblation(),
    "attention_rollout": AttentionRollout(),
    "attention_relevance": AttentionRelevance(),
    "lrp": Captum("LRP", name="lrp"),
    "layer_conductance": Captum("LayerConductance", name="layer_conductance"),
    "guided_backprop": Captum("GuidedBackprop", name="guided_backprop"),
}
CAM_METHODS: Sequence[str] = tuple(
    name for name, method in METHODS.items() if isinstance(method, CamMethod)
)
INPUT_METHODS: Sequence[str] = tuple(name for name in METHODS if name not in CAM_METHODS)


def find_method(spec: Any) -> Method:
    """Returns the method that `spec` names or is.

    Raises:
      ValueError: the name is unknown.
      TypeError: it is neither a name nor a method.
    """
    if isinstance(spec, (CamMethod, InputMethod)):
        return spec
    if isinstance(spec, str):
        return _known(spec, METHODS)
    raise TypeError(
        f"A method is {spec!r}; expected a name of {list(METHODS)} or an InputMethod, as "
        "IntegratedGradients(steps=100)."
    )


def find_methods(names: Sequence[str]) -> list[CamMethod]:
    """Returns the class activation maps called `names`.

    Raises:
      ValueError: a name is unknown, or none is given.
    """
    known = {name: each for name, each in METHODS.items() if isinstance(each, CamMethod)}
    return [_known(name, known) for name in _some(names)]


def find_any_methods(specs: Sequence[Any]) -> list[InputMethod]:
    """Returns the methods which `specs` name or are; class activation maps as `CamOfFunction`.

    Raises:
      ValueError: a name is unknown, or none is given.
      TypeError: an entry is neither a name nor a method.
    """
    found = [find_method(spec) for spec in _some(specs)]
    return [CamOfFunction(method) if isinstance(method, CamMethod) else method for method in found]


def find_input_methods(specs: Sequence[Any]) -> list[InputMethod]:
    """Returns the methods that attribute to inputs which `specs` name or are.

    Raises:
      ValueError: a name is unknown or that of a class activation map, or none is given.
      TypeError: an entry is neither a name nor a method.
    """
    found = [find_method(spec) for spec in _some(specs)]
    cams = [method.name for method in found if isinstance(method, CamMethod)]
    if cams:
        raise ValueError(
            f"Method {cams[0]!r} is a class activation map: record it with GradCAMMonitor."
        )
    return [method for method in found if isinstance(method, InputMethod)]


def _some(specs: Sequence[Any]) -> Sequence[Any]:
    if not specs:
        raise ValueError(f"No method given. Expect some of {list(METHODS)}.")
    return [specs] if isinstance(specs, str) else specs


def _known(name: str, known: Mapping[str, T]) -> T:
    if name not in known:
        raise ValueError(f"Unknown method {name!r}. Expect one of {list(known)}.")
    return known[name]
