from tensorboard.plugins import base_plugin

from tb_explain.plugin import ExplainPlugin


def plugin():
    return ExplainPlugin(base_plugin.TBContext(data_provider=object()))


def test_the_tab_is_an_iframe_called_explain():
    metadata = plugin().frontend_metadata()
    assert metadata.tab_name == "Explain"
    assert metadata.es_module_path == "/index.js"
    assert metadata.element_name is None


def test_the_page_is_among_the_applications():
    apps = plugin().get_plugin_apps()
    assert plugin().frontend_metadata().es_module_path in apps
    assert all(callable(app) for app in apps.values())


def test_either_series_makes_the_tab_appear_and_nothing_else_does():
    assert plugin().is_active() is False
    assert set(plugin().data_plugin_names()) == {"tb_explain", "tb_explain_blobs"}
