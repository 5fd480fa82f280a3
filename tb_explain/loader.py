"""The entry point: flags, sampling, and the plugin itself only when TensorBoard asks for it.

TensorBoard does not start if importing this module, or `define_flags` or `fix_flags`, raises.
So nothing but TensorBoard's own base classes is imported here.
"""

from __future__ import annotations

import argparse
import logging

from tensorboard.plugins import base_plugin

# TensorBoard keeps 10 steps of a plugin it does not know. Not 0 ("all"): the data provider's own
# downsampling reads 0 as "none".
KEPT_STEPS = 1_000_000  # per tag

logger = logging.getLogger(__name__)


class ExplainLoader(base_plugin.TBLoader):
    """Loads the plugin; never raises, so that TensorBoard starts whatever happens here."""

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Keeps every recorded step, unless `--samples_per_plugin` names one of our series."""
        try:
            from tb_explain import schema

            kept = {schema.SERIES_PLUGIN: KEPT_STEPS, schema.BLOBS_PLUGIN: KEPT_STEPS}
            flags.samples_per_plugin = {**kept, **(flags.samples_per_plugin or {})}
        except Exception:
            logger.exception("tb_explain cannot set --samples_per_plugin: steps may be missing.")

    def load(self, context: base_plugin.TBContext) -> base_plugin.TBPlugin | None:
        """Returns the plugin, or None where it cannot run."""
        if context.data_provider is None:
            logger.warning("tb_explain needs a data provider: the tab Explain is missing.")
            return None
        try:
            from tb_explain.plugin import ExplainPlugin

            return ExplainPlugin(context)
        except Exception:
            logger.exception("tb_explain cannot be loaded: the tab Explain is missing.")
            return None
