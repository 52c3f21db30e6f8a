"""Checks of whole plugins."""

import sys
import types

import pytest

from recollect.errors import PluginError, UnknownName
from recollect.loader import PluginReport
from recollect.registry import registry
from recollect.testing import check_plugin
from recollect.testing.replay_checks import REPLAY_CHECKS

HERE = "tests_of_plugin_checks"


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Makes a module that registers one replay, loads it as a plugin, and takes it out again."""
    added = []
    monkeypatch.setattr(registry, "entries", dict(registry.entries))
    monkeypatch.setattr(registry.loader, "reports", dict(registry.loader.reports))

    def load(text, target="recollect.testing.toy_replays:ToyNearest", summary="mine"):
        register = f"def recollect_register(registry):\n    registry.replay('my-idea', {target!r}, {summary!r})\n"
        (tmp_path / f"{HERE}.py").write_text(f'"""Mine."""\n{text}\n{register}')
        monkeypatch.syspath_prepend(tmp_path)
        module = types.ModuleType(HERE)
        exec(compile((tmp_path / f"{HERE}.py").read_text(), HERE, "exec"), vars(module))  # as importing it would
        monkeypatch.setitem(sys.modules, HERE, module)
        added.append(module)
        registry.plug(module)
        return check_plugin(HERE)

    yield load
    for module in added:
        registry.loader.hooks.remove(module)


def test_a_sound_plugin_passes(plugin):
    results = plugin("")
    assert [str(result) for result in results if not result.ok] == []
    assert [(result.kind, result.check) for result in results[:3]] == [
        ("plugin", "is_loaded"), ("plugin", "is_light"), ("replay", "can_be_loaded"),
    ]  # fmt: skip
    assert len(results) == 3 + len(REPLAY_CHECKS)


def test_what_it_imports_is_found_out(plugin):
    results = plugin("import torch")
    failed = [result.message for result in results if not result.ok]
    assert failed == [f"importing {HERE} imports torch: register strings, import it in the module they name"]


def test_a_target_that_is_not_there_fails(plugin):
    failed = {result.check: result.message for result in plugin("", target="nowhere:Nothing") if not result.ok}
    assert failed["can_be_loaded"].startswith("PluginError: replay 'my-idea' of plugin")
    assert len(failed) == 1 + len(REPLAY_CHECKS)


def test_a_missing_summary_is_told(plugin):
    failed = {result.check: result.message for result in plugin("", summary="") if not result.ok}
    assert failed == {
        "can_be_loaded": "replay 'my-idea' has no summary: give registry.replay(name, target, 'one line')"
    }


def test_declared_failures_are_expected(plugin):
    declared = "recollect_expected_failures = {'replay my-idea': {'starts_empty': 'it has a past'}}"
    found = {result.check: result.status for result in plugin(declared) if result.kind == "replay"}
    assert found["starts_empty"] == "unexpected pass"
    assert set(found.values()) == {"passed", "unexpected pass"}


def test_declared_failures_of_unknown_things_are_refused(plugin):
    with pytest.raises(UnknownName, match="'replay my-idee' does not exist. Did you mean replay my-idea"):
        plugin("recollect_expected_failures = {'replay my-idee': {}}")


def test_unknown_plugins_are_refused():
    with pytest.raises(UnknownName, match="plugin 'my-plugin' does not exist"):
        check_plugin("my-plugin")


def test_a_plugin_that_failed_is_told(monkeypatch):
    report = PluginReport("broken", "broken", "1", "failed", error=str(PluginError("no such module")))
    monkeypatch.setitem(registry.loader.reports, "broken", report)
    assert [(result.check, result.ok, result.message) for result in check_plugin("broken")] == [
        ("is_loaded", False, "it is failed: no such module")
    ]
