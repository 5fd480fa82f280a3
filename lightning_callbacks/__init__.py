"""Lightning callbacks that record what a model looks at while it trains, for TensorBoard."""

from lightning_callbacks.activations import ActivationMonitor
from lightning_callbacks.alerts import AlertLimits
from lightning_callbacks.attention import AttentionMap, AttentionMonitor, attention_maps
from lightning_callbacks.attribution import Attribution, attribute
from lightning_callbacks.attributions import AttributionMonitor
from lightning_callbacks.causes import MonitorWarning
from lightning_callbacks.explaining import Explain, explain
from lightning_callbacks.function import InputMethod
from lightning_callbacks.global_attributions import GlobalAttributionMonitor
from lightning_callbacks.gradcam import GradCAMMonitor
from lightning_callbacks.gradients import GradientMonitor
from lightning_callbacks.graph import ModelGraphMonitor
from lightning_callbacks.keep import Keep
from lightning_callbacks.methods import CAM_METHODS, INPUT_METHODS, METHODS
from lightning_callbacks.methods.attention import AttentionRelevance, AttentionRollout
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
from lightning_callbacks.monitor import Monitor
from lightning_callbacks.outputs import OutputMonitor
from lightning_callbacks.privacy import DifferentialPrivacy
from lightning_callbacks.probe import DrawnProbe, Probe
from lightning_callbacks.quality import ExplanationQualityMonitor
from lightning_callbacks.recording import Recording, record
from lightning_callbacks.records import Observation, Part
from lightning_callbacks.schedule import Schedule
from lightning_callbacks.sensitivity_monitor import SensitivityMonitor
from lightning_callbacks.spaces import Feature, SpaceOptions
from lightning_callbacks.surrogate import SurrogateMonitor
from lightning_callbacks.targets import Contrast
from lightning_callbacks.weights import WeightMonitor

__all__ = [
    "CAM_METHODS",
    "INPUT_METHODS",
    "LIME",
    "METHODS",
    "ActivationMonitor",
    "AlertLimits",
    "AttentionMap",
    "AttentionMonitor",
    "AttentionRelevance",
    "AttentionRollout",
    "Attribution",
    "AttributionMonitor",
    "Captum",
    "Contrast",
    "DeepLIFT",
    "DeepLIFTSHAP",
    "DifferentialPrivacy",
    "DrawnProbe",
    "ExactShapley",
    "Explain",
    "ExplanationQualityMonitor",
    "Feature",
    "FeatureAblation",
    "GlobalAttributionMonitor",
    "GradCAMMonitor",
    "GradientMonitor",
    "GradientSHAP",
    "InputMethod",
    "InputXGradient",
    "IntegratedGradients",
    "Keep",
    "KernelSHAP",
    "ModelGraphMonitor",
    "Monitor",
    "MonitorWarning",
    "Observation",
    "Occlusion",
    "OutputMonitor",
    "Part",
    "Probe",
    "Recording",
    "Saliency",
    "Schedule",
    "SensitivityMonitor",
    "SmoothGrad",
    "SpaceOptions",
    "SurrogateMonitor",
    "WeightMonitor",
    "attention_maps",
    "attribute",
    "explain",
    "record",
]
