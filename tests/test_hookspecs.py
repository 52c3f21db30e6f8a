"""Hook specifications as a plugin or an observer meets them: what is a hook, what is refused, who is called when."""

import pluggy
import pytest

from recollect.errors import PluginError
from recollect.hooks import API, HOOKS, Hooks, join, routines

hookimpl = pluggy.HookimplMarker("recollect")


class Observer:
    """Notes its calls under its own name."""

    recollect_api = API
    recollect_colour = "red"

    def __init__(self, name, heard):
        self.name, self.heard = name, heard

    def recollect_task_start(self, task):
        self.heard.append((self.name, task))

    @property
    def recollect_costly(self):
        raise AssertionError("properties are not read")


class Misspelt(Observer):
    def recollect_task_begin(self, run):
        pass


def call(hooks, task=3):
    hooks.hook.recollect_task_start(run=None, task=task)


def test_hooks_are_in_life_cycle_order():
    assert HOOKS == (
        "recollect_register", "recollect_run_start", "recollect_task_start", "recollect_step_end",
        "recollect_evaluated", "recollect_task_end", "recollect_run_end",
    )  # fmt: skip


def test_only_routines_are_hooks():
    class Kinds(Observer):
        @staticmethod
        def recollect_run_start(run):
            pass

        @classmethod
        def recollect_run_end(cls, run):
            pass

    assert routines(Kinds("a", [])) == ["recollect_run_end", "recollect_run_start", "recollect_task_start"]


def test_hooks_need_no_marker_and_take_a_subset_of_the_arguments():
    heard, hooks = [], Hooks()
    hooks.add(Observer("a", heard), "a", "plugin 'a'")
    call(hooks)
    assert heard == [("a", 3)]


def test_functions_set_on_an_object_are_hooks():
    heard, observer = [], Observer("a", [])
    observer.recollect_run_start = lambda run: heard.append(run)
    hooks = Hooks()
    hooks.add(observer, "a", "plugin 'a'")
    hooks.hook.recollect_run_start(run=7)
    assert heard == [7]


def test_marked_hooks_keep_their_options():
    heard = []

    class Early(Observer):
        @hookimpl(tryfirst=True)
        def recollect_task_start(self, task):
            self.heard.append((self.name, task))

    joined = join(Hooks(), [Observer("a", heard), Early("early", heard)])
    call(joined)
    assert heard == [("early", 3), ("a", 3)]


@pytest.mark.parametrize(
    ("plugin", "message"),
    [
        (Misspelt("a", []), "the thing: hook 'recollect_task_begin' does not exist. Did you mean recollect_task_"),
        (Observer, "the thing is the class Observer: give an object of it"),
        (object(), "the thing has no hook; a plugin has routines named recollect_register, "),
        (
            type("New", (Observer,), {"recollect_api": API + 1})("a", []),
            "was written for recollect_api 2, this Recollec",
        ),
        (type("No", (Observer,), {"recollect_api": True})("a", []), "was written for recollect_api True"),
        (
            type("Wrong", (Observer,), {"recollect_run_start": lambda self, stepp: None})("a", []),
            r"the thing: Plugin 'a' for hook 'recollect_run_start' .*'stepp'",
        ),
    ],
    ids=["misspelt", "class", "no hook", "newer", "api is no number", "wrong argument"],
)
def test_refused_plugins_leave_no_trace(plugin, message):
    heard, hooks = [], Hooks()
    hooks.add(Observer("good", heard), "good", "plugin 'good'")
    with pytest.raises(PluginError, match=message):
        hooks.add(plugin, "a", "the thing")
    assert [name for name, _ in hooks.list_name_plugin()] == ["good"]
    hooks.check_pending()
    call(hooks)
    assert heard == [("good", 3)]


def test_late_plugins_hear_what_is_historic():
    class Plugin:
        def recollect_register(self, registry):
            registry.append(self)

    early, late, registry, hooks = Plugin(), Plugin(), [], Hooks()
    hooks.add(early, "early", "plugin 'early'")
    hooks.hook.recollect_register.call_historic(kwargs={"registry": registry})
    hooks.add(late, "late", "plugin 'late'")
    assert registry == [early, late]


def test_join_calls_installed_plugins_then_observers_in_order():
    heard, installed = [], Hooks()
    for name in ("first", "second"):
        installed.add(Observer(name, heard), name, name)
    observers = [Observer(name, heard) for name in ("third", "fourth")]
    joined = join(installed, observers)
    call(joined)
    assert [name for name, _ in heard] == ["first", "second", "third", "fourth"]
    assert joined.observers == observers
    heard.clear()
    call(installed)
    assert [name for name, _ in heard] == ["second", "first"]  # pluggy's own order; observers are not among them


def test_join_does_not_register_installed_plugins_again():
    class Plugin(Observer):
        def recollect_register(self, registry):
            registry.append(self)

    registry, installed = [], Hooks()
    installed.hook.recollect_register.call_historic(kwargs={"registry": registry})
    installed.add(Plugin("a", []), "a", "a")
    join(installed, [])
    assert len(registry) == 1


def test_an_observer_that_is_installed_too_is_called_once():
    heard, installed = [], Hooks()
    observer = Observer("a", heard)
    installed.add(observer, "a", "a")
    call(join(installed, [observer]))
    assert heard == [("a", 3)]


def test_an_observer_given_twice_and_a_misspelt_one_are_refused():
    observer = Observer("a", [])
    with pytest.raises(PluginError, match="observer Observer 0 of plugins= is there already, as 'Observer 1'"):
        join(Hooks(), [observer, observer])
    with pytest.raises(PluginError, match="observer Misspelt 0 of plugins=: hook 'recollect_task_begin' does not"):
        join(Hooks(), [Misspelt("a", [])])


def test_two_observers_of_one_class_may_be_given():
    heard = []
    call(join(Hooks(), [Observer("a", heard), Observer("b", heard)]))
    assert heard == [("a", 3), ("b", 3)]


def test_trace_names_who_hears_in_order(monkeypatch, capsys):
    monkeypatch.setenv("RECOLLECT_TRACE", "1")
    joined = join(Hooks(), [Observer("a", []), Observer("b", [])])
    call(joined)
    joined.hook.recollect_run_end(run=None)
    assert capsys.readouterr().err == (
        "recollect: recollect_task_start(run=NoneType, task=3) -> Observer 0, Observer 1\n"
    )  # nobody hears the second, which is not printed
