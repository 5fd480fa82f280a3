"""What TensorBoard mounts: the tab, the names of its series, its routes (routes.py)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from tensorboard.plugins import base_plugin

from tb_explain import schema
from tb_explain.panels import PANELS
from tb_explain.reader import Reader
from tb_explain.routes import PAGE, Routes


class ExplainPlugin(base_plugin.TBPlugin):
    """Serves the tab Explain."""

    plugin_name = schema.SERIES_PLUGIN

    def __init__(self, context: base_plugin.TBContext) -> None:
        reader = Reader(context.data_provider)
        self._routes = Routes(reader, PANELS, prefix=f"/data/plugin/{self.plugin_name}/")

    def get_plugin_apps(self) -> Mapping[str, Callable[..., Any]]:
        """Returns one application for the page and for everything below the plugin's prefix."""
        return {f"/{PAGE}": self._routes, "/*": self._routes}

    def is_active(self) -> bool:
        """Returns False: TensorBoard itself looks for `data_plugin_names` in the logs."""
        return False

    def data_plugin_names(self) -> Collection[str]:
        """Returns the names of both series, either of which makes the tab appear."""
        return (schema.SERIES_PLUGIN, schema.BLOBS_PLUGIN)

    def frontend_metadata(self) -> base_plugin.FrontendMetadata:
        """Returns where the page is and what its tab is called."""
        return base_plugin.FrontendMetadata(es_module_path=f"/{PAGE}", tab_name="Explain")
