"""Hooks: documented with their exact signatures, called in life-cycle order, free when nobody listens."""

import ast
import re
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect import hookspecs
from recollect.errors import PluginError
from recollect.history import History
from recollect.hooks import HOOKS, Hooks, join
from recollect.loop import Run

ROOT = Path(__file__).parents[1]
OF_A_RUN = [hook for hook in HOOKS if hook != "recollect_register"]


def functions():
    return [n for n in ast.parse(Path(hookspecs.__file__).read_text()).body if isinstance(n, ast.FunctionDef)]


def signature(function):
    text = f"{function.name}({ast.unparse(function.args)}) -> {ast.unparse(function.returns)}"
    return text.replace("'", "")  # names that are only imported for type checkers


def test_the_docs_hold_every_hook_in_order_with_its_exact_signature():
    page = (ROOT / "docs/hooks.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (recollect_\w+)$", page, re.MULTILINE) == list(HOOKS)
    documented = re.findall(r"^```python\n(recollect_.*)\n```$", page, re.MULTILINE)
    assert documented == [signature(function) for function in functions()]


def test_the_docs_hold_what_each_hook_says():
    page = " ".join((ROOT / "docs/hooks.md").read_text(encoding="utf-8").split())
    for function in functions():
        assert " ".join(ast.get_docstring(function).split()) in page


class Recorder:
    """Notes every call of every hook, with all arguments."""

    def __init__(self, calls, name="recorder"):
        self.calls, self.name = calls, name

    def recollect_run_start(self, run):
        self.calls.append((self.name, "run_start", run, {}))

    def recollect_task_start(self, run, task):
        self.calls.append((self.name, "task_start", run, {"task": task}))

    def recollect_step_end(self, run, task, step, rows, losses):
        seen = {"task": task, "step": step, "rows": rows, "losses": losses}
        self.calls.append((self.name, "step_end", run, seen))

    def recollect_evaluated(self, run, task, step, scores):
        self.calls.append((self.name, "evaluated", run, {"task": task, "step": step, "scores": scores}))

    def recollect_task_end(self, run, task):
        self.calls.append((self.name, "task_end", run, {"task": task}))

    def recollect_run_end(self, run):
        self.calls.append((self.name, "run_end", run, {}))


def learn(plugins, **options):
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    agent = recollect.make_agent("finetune", stream, seed=0)
    return recollect.run(stream, agent, plugins=plugins, steps_per_task=2, evaluate_rows=5, seed=0, **options)


@pytest.fixture(scope="module")
def recorded():
    calls = []
    return learn([Recorder(calls)]), calls


def test_the_recorder_has_every_hook_of_a_run():
    assert [name for name in vars(Recorder) if name.startswith("recollect_")] == OF_A_RUN


def test_hooks_are_called_in_life_cycle_order(recorded):
    _, calls = recorded
    task = ["step_end", "step_end", "evaluated", "task_end"]
    order = ["run_start", "task_start", "evaluated", *task, "task_start", *task, "run_end"]
    assert [hook for _, hook, _, _ in calls] == order


def test_hooks_get_the_right_arguments(recorded):
    history, calls = recorded
    given = {}
    for _, hook, run, arguments in calls:
        assert isinstance(run, Run)
        given.setdefault(hook, []).append(arguments)
    assert [a["task"] for a in given["task_start"]] == [a["task"] for a in given["task_end"]] == [0, 1]
    assert [(a["task"], a["step"]) for a in given["step_end"]] == [(0, 1), (0, 2), (1, 3), (1, 4)]
    for arguments in given["step_end"]:
        assert arguments["rows"]["x"].shape == (10, 64)
        assert arguments["rows"]["task"].tolist() == [arguments["task"]] * 10
        assert arguments["losses"]["loss"] > 0
    assert [(a["task"], a["step"]) for a in given["evaluated"]] == [(-1, 0), (0, 2), (1, 4)]
    scores = np.stack([a["scores"]["accuracy"] for a in given["evaluated"]])
    assert np.array_equal(scores, history.scores["accuracy"])


def test_the_view_of_a_run_is_read_only(recorded):
    history, calls = recorded
    run = calls[-1][2]
    assert (run.step, run.rows, run.num_positions, run.position, run.progress) == (4, 40, 2, 2, 1.0)
    assert run.history is history
    assert isinstance(history, History)
    assert (run.tasks, run.seed, run.directory) == (("0-1-...-4", "5-6-...-9"), 0, None)
    assert run.agent.spec == run.spec["agent"]
    with pytest.raises(AttributeError):
        run.step = 5


def test_plugins_hear_in_the_order_given():
    calls = []
    learn([Recorder(calls, "first"), Recorder(calls, "second")])
    heard = [name for name, *_ in calls]
    assert heard == ["first", "second"] * (len(calls) // 2)
    assert len(calls) == 26


def test_a_hook_may_take_some_of_the_arguments():
    class Steps:
        def __init__(self):
            self.steps = []

        def recollect_step_end(self, step):
            self.steps.append(step)

    steps = Steps()
    learn([steps])
    assert steps.steps == [1, 2, 3, 4]


def test_step_end_is_not_called_when_nobody_listens():
    class Asks:
        """Counts how often the loop calls the hook, which pluggy would do even for nobody."""

        def recollect_run_start(self, run):
            self.count, hook = 0, run._running.hook
            call = hook.recollect_step_end

            def counted(**arguments):
                self.count += 1
                call(**arguments)

            hook.recollect_step_end = counted

    alone, together = Asks(), Asks()
    learn([alone])
    learn([together, Recorder([])])
    assert (alone.count, together.count) == (0, 4)


@pytest.mark.parametrize(
    ("hook", "arguments", "said"),
    [
        ("recollect_step_ends", "self, run", "recollect_step_end"),
        ("recollect_task_end", "self, run, tusk", "tusk"),
    ],
)
def test_a_wrong_hook_is_refused_before_anything_is_learned(hook, arguments, said):
    names = {}
    exec(f"def {hook}({arguments}): raise AssertionError", names)
    wrong = type("Wrong", (), {hook: names[hook]})()
    with pytest.raises(PluginError, match=said):
        learn([wrong])


def test_a_run_looks_only_at_plugins_that_listen_to_runs():
    class Named:
        def recollect_register(self, registry):
            """Only names something."""

    class Listening(Named):
        def recollect_run_end(self, run):
            """Listens as well."""

    installed, observer, listening = Hooks(), Listening(), Listening()
    installed.register(Named(), "named")
    installed.register(listening, "listening")
    heard = join(installed, [observer]).hook.recollect_run_end.get_hookimpls()
    assert [found.plugin for found in heard] == [observer, listening]  # the last is called first
    assert {found.plugin for found in join(installed, []).hook.recollect_register.get_hookimpls()} == {listening}
