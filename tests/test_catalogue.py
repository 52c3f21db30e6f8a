import os

import gymnasium
import pytest

from recollect.catalogue import KINDS, Registry
from recollect.errors import MissingExtra, PluginError, UnknownName


@pytest.fixture
def table(monkeypatch):
    """A registry of our own, without plugins; what it registers with Gymnasium goes afterwards."""
    monkeypatch.setenv("RECOLLECT_PLUGINS", "")
    before = dict(gymnasium.registry)
    yield Registry()
    gymnasium.registry.clear()
    gymnasium.registry.update(before)


class Plugin:
    """Registers what it is given."""

    def __init__(self, *names):
        self.names = names

    def recollect_register(self, registry):
        for name in self.names:
            registry.replay(name, "collections:OrderedDict", "a summary")


def test_every_kind_has_a_method_and_an_entry(table):
    for kind in KINDS:
        getattr(table, kind)("mine/X-v0" if kind == "stream" else "x", "collections:OrderedDict", "a summary")
    for kind in KINDS:
        (name,) = table.names(kind)
        entry = table.entry(kind, name)
        assert (entry.kind, entry.name, entry.target) == (kind, name, "collections:OrderedDict")
        assert (entry.summary, entry.plugin, entry.distribution) == ("a summary", "this program", "this program")
    assert table.entry("agent", "x").options == {"replay": "reservoir"}


def test_stream_is_registered_with_gymnasium_with_its_options(table):
    table.stream("mine/X-v0", "collections:OrderedDict", kwargs={"a": 1}, max_episode_steps=7)
    spec = gymnasium.spec("mine/X-v0")
    assert (spec.entry_point, spec.kwargs, spec.max_episode_steps) == ("collections:OrderedDict", {"a": 1}, 7)
    assert table.entry("stream", "mine/X-v0").options == {"kwargs": {"a": 1}, "max_episode_steps": 7}


def test_stream_option_that_gymnasium_does_not_have_leaves_nothing(table):
    with pytest.raises(PluginError, match=r"'mine/X-v0' cannot be registered with Gymnasium: .*colour"):
        table.stream("mine/X-v0", "collections:OrderedDict", colour="red")
    assert table.names("stream") == []
    assert "mine/X-v0" not in gymnasium.registry


def test_names_are_sorted_and_of_one_kind(table):
    for name in ("b", "a", "c"):
        table.metric(name, "m:f")
    table.replay("d", "m:f")
    assert table.names("metric") == ["a", "b", "c"]


def test_unknown_kind(table):
    with pytest.raises(UnknownName, match=r"kind 'replays' does not exist. Did you mean replay"):
        table.names("replays")


def test_unknown_name_says_what_is_near_and_where_it_is_registered(table):
    table.replay("reservoir", "m:f")
    table.agent("er", "m:f")
    with pytest.raises(UnknownName, match=r"replay 'resevoir' does not exist. Did you mean reservoir\?$"):
        table.entry("replay", "resevoir")
    with pytest.raises(UnknownName, match="'er' is registered as agent"):
        table.resolve("replay", "er")


@pytest.mark.parametrize("name", ["Big", "under_score", "", "two--dashes", "space d", "-a", "+a"])
def test_names_that_are_not_kebab_case(table, name):
    with pytest.raises(PluginError, match="kebab-case"):
        table.replay(name, "m:f")


@pytest.mark.parametrize("name", ["l2", "a-gem", "der++", "oer/bwt-above-er", "my-lab/idea", "gpt-2.5"])
def test_names_that_are(table, name):
    table.claim(name, "m:f")
    assert table.names("claim") == [name]


@pytest.mark.parametrize("target", ["module", "module.Object", ":Object", "module:", dict, None, "a b:c"])
def test_targets_that_are_not_strings_of_module_and_object(table, target):
    with pytest.raises(PluginError, match="must be a string 'module:Object', got"):
        table.replay("x", target)


def test_resolve_imports_when_asked_and_follows_dots(table):
    table.metric("x", "os:path.join")
    assert table.resolve("metric", "x") is os.path.join


def test_resolve_names_plugin_and_target_of_what_cannot_be_imported(table):
    table.plug(Plugin("x"), "mine")
    table.metric("gone", "a_module_that_is_not_there:x")
    table.metric("lacks", "collections:NoSuchThing")
    with pytest.raises(
        PluginError, match=r"'gone' of plugin 'this program'.*'a_module_that_is_not_there:x': ModuleNot"
    ):
        table.resolve("metric", "gone")
    with pytest.raises(PluginError, match="from 'collections:NoSuchThing': AttributeError"):
        table.resolve("metric", "lacks")


def test_missing_extra_passes_through(table, tmp_path, monkeypatch):
    (tmp_path / "needs_extra.py").write_text("from recollect.errors import require\nrequire('nope', 'It', 'gui')\n")
    monkeypatch.syspath_prepend(tmp_path)
    table.metric("x", "needs_extra:f")
    with pytest.raises(MissingExtra, match=r"It needs nope: pip install 'recollect\[gui\]'"):
        table.resolve("metric", "x")


def test_a_program_may_register_again_what_it_registered(table):
    table.replay("x", "m:old")
    table.replay("x", "m:new")
    table.stream("mine/X-v0", "m:Old")
    table.stream("mine/X-v0", "m:New")
    assert table.entry("replay", "x").target == "m:new"
    assert gymnasium.spec("mine/X-v0").entry_point == "m:New"


def test_a_program_cannot_take_a_plugins_name_nor_spoil_it(table):
    table.plug(Plugin("x"), "mine")
    with pytest.raises(PluginError, match="registered by plugin 'mine'"):
        table.replay("x", "m:f")
    assert table.entry("replay", "x").plugin == "mine"


def test_late_plugin_is_registered_at_once_and_reported(table):
    report = table.plug(Plugin("a", "b"), "mine")
    assert (report.status, report.names) == ("loaded", ("replay a", "replay b"))
    assert report in table.plugins()
    assert table.entry("replay", "b").plugin == "mine"


def test_plugin_that_registers_a_name_twice_leaves_nothing(table):
    with pytest.raises(PluginError, match="plugin 'mine' registers replay 'a' twice"):
        table.plug(Plugin("a", "a"), "mine")
    assert table.names("replay") == []
    table.plug(Plugin("a"), "mine")
    assert table.names("replay") == ["a"]


def test_late_plugin_that_raises_leaves_nothing(table):
    class Breaks(Plugin):
        def recollect_register(self, registry):
            super().recollect_register(registry)
            registry.stream("mine/X-v0", "m:X")
            raise ValueError("halfway")

    with pytest.raises(PluginError, match=r"plugin 'mine' .* failed to load: ValueError: halfway"):
        table.plug(Breaks("a"), "mine")
    assert table.names("replay") == table.names("stream") == []
    assert "mine/X-v0" not in gymnasium.registry
    assert "CartPole-v1" in gymnasium.registry
    table.replay("b", "m:f")
    assert table.entry("replay", "b").plugin == "this program"


def test_the_same_plugin_or_plugin_name_twice(table):
    plugin = Plugin("a")
    table.plug(plugin, "mine")
    with pytest.raises(PluginError, match="is there already, as 'mine'"):
        table.plug(plugin, "again")
    with pytest.raises(PluginError, match="is there already, as 'mine'"):
        table.plug(Plugin("b"), "mine")
    assert table.names("replay") == ["a"]
