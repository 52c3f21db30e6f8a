import json

import gymnasium
import numpy as np
import pytest
import torch

import recollect
from recollect import fits, make_agent, make_penalty, make_replay, metric
from recollect.catalogue import PROGRAM
from recollect.core import Agent, Penalty, ReplayStrategy, TaskStream
from recollect.errors import (
    MissingExtra,
    OptionError,
    PluginError,
    PluginWarning,
    SchemaError,
    StreamError,
    UnknownName,
)  # fmt: skip
from recollect.randomness import random_states
from recollect.registry import BUILTINS, registry, run_hooks, survey


@pytest.fixture
def own(monkeypatch):
    """The registry, which forgets afterwards what a test registers."""
    monkeypatch.setattr(registry, "entries", dict(registry.entries))
    return registry


@pytest.fixture
def digits():
    return gymnasium.make("recollect/SplitDigits-v0")


class Stream(TaskStream):
    tasks = ("a",)
    observation_space = gymnasium.spaces.Box(0, 1, (2,))
    action_space = gymnasium.spaces.Discrete(2)


class Draws(Agent):
    """Draws its weights from every generator there is."""

    def __init__(self, stream, replay, *, penalty=None, seed=0, device="auto", hidden: tuple[int, ...] = (4,)):
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        self.hidden = hidden
        self.weights = [torch.rand(1).item(), np.random.rand(), self.rng.random(), replay.rng.random()]


class Box(ReplayStrategy):
    def __len__(self):
        return 0


class Reads(Box):
    reads = ("y",)


class OldStyle(Box):
    def __init__(self, capacity):
        super().__init__(capacity)


class Pull(Penalty):
    def __init__(self, *, seed=0, strength: float = 1.0):
        super().__init__(seed=seed)
        self.strength = strength


class Demanding(Penalty):
    asks = ("fisher",)


@pytest.fixture
def named(own):
    own.agent("draws", f"{__name__}:Draws", replay="box")
    for name, cls in (("box", "Box"), ("reads", "Reads"), ("old-style", "OldStyle")):
        own.replay(name, f"{__name__}:{cls}")
    own.penalty("pull", f"{__name__}:Pull")
    own.penalty("demanding", f"{__name__}:Demanding")
    return own


def test_built_ins_are_loaded_first_and_in_order():
    reports = registry.plugins()[: len(BUILTINS)]
    assert [report.name for report in reports] == list(BUILTINS)
    assert {(report.status, report.distribution) for report in reports} == {("loaded", "recollect")}
    for kind, names in {
        "agent": {"er", "finetune", "joint"}, "replay": {"none", "fifo", "reservoir"}, "penalty": {"l2"},
        "metric": {"accuracy", "forgetting", "bwt", "fwt", "aaa", "min-acc", "wc-acc"},
        "observer": {"console", "jsonl", "tensorboard", "wandb"}, "stream": {"recollect/SplitDigits-v0"},
    }.items():  # fmt: skip
        assert names <= set(registry.names(kind))


def test_every_built_in_has_a_summary_and_can_be_resolved():
    for entry in list(registry.entries.values()):
        if entry.plugin in BUILTINS:
            assert entry.summary
            assert registry.resolve(entry.kind, entry.name).__doc__


def test_make_replay_and_penalty_and_metric():
    replay = make_replay("fifo", 7, seed=3, replace=True)
    assert (replay.capacity, replay.seed, replay.replace) == (7, 3, True)
    assert make_penalty("l2", seed=2).seed == 2
    assert metric("accuracy") is registry.resolve("metric", "accuracy")


@pytest.mark.parametrize("capacity", [0, -3, 2.5, True, "9"])
def test_capacity_must_be_a_number_of_rows(capacity):
    with pytest.raises(OptionError, match="capacity must be a whole number of rows, at least 1, got"):
        make_replay("fifo", capacity)


def test_names_and_options_that_do_not_exist():
    with pytest.raises(UnknownName, match=r"replay 'resevoir' does not exist. Did you mean reservoir"):
        make_replay("resevoir", 5)
    with pytest.raises(UnknownName, match=r"option of replay 'fifo': 'replase' does not exist. Did you mean replace"):
        make_replay("fifo", 5, replase=True)
    with pytest.raises(OptionError, match=r"option replace of replay 'fifo' must be bool \| None, got 'yes'"):
        make_replay("fifo", 5, replace="yes")
    with pytest.raises(UnknownName, match=r"metric 'acuracy' does not exist. Did you mean accuracy"):
        metric("acuracy")
    with pytest.raises(OptionError, match="seed must be a whole number"):
        make_penalty("l2", seed=-1)


def test_constructor_of_another_form_is_the_plugins_fault(named):
    with pytest.raises(
        PluginError, match=r"replay 'old-style' \(.*OldStyle\) cannot be constructed: .*'seed'.*must ta"
    ):
        make_replay("old-style", 5)


def test_make_agent_binds_its_parts_and_says_how_it_was_made(named):
    agent = make_agent(
        "draws", Stream(), capacity=np.int64(9), penalty="pull", seed=4, device="cpu",
        penalty_options={"strength": 2}, hidden=(3, 2),
    )  # fmt: skip
    assert agent.replay.agent is agent.penalty.agent is agent
    assert (agent.replay.capacity, agent.penalty.strength, agent.hidden, agent.device) == (9, 2, (3, 2), "cpu")
    assert json.loads(json.dumps(agent.spec)) == agent.spec == {
        "name": "draws", "replay": "box", "capacity": 9, "penalty": "pull", "seed": 4, "device": "cpu",
        "replay_options": {}, "penalty_options": {"strength": 2}, "options": {"hidden": [3, 2]},
    }  # fmt: skip
    spec = dict(agent.spec)
    again = make_agent(spec.pop("name"), Stream(), **spec.pop("options"), **spec)
    assert (again.spec, again.hidden, again.weights) == (agent.spec, agent.hidden, agent.weights)


def test_construction_is_a_function_of_the_seed_and_leaves_no_trace(named):
    torch.manual_seed(1)
    np.random.seed(1)
    before = random_states()
    first = make_agent("draws", Stream(), seed=0)
    after = random_states()
    assert torch.equal(before["torch"], after["torch"])
    assert np.array_equal(before["numpy"]["state"]["key"], after["numpy"]["state"]["key"])
    assert before["numpy"]["state"]["pos"] == after["numpy"]["state"]["pos"]
    torch.rand(5)
    np.random.rand(5)
    assert make_agent("draws", Stream(), seed=0).weights == first.weights
    other = make_agent("draws", Stream(), seed=1).weights
    assert all(a != b for a, b in zip(first.weights, other, strict=True))
    assert len(set(first.weights)) == 4  # no two of its generators are the same


def test_networks_are_a_function_of_the_seed(digits):
    weights = [
        [p.detach().numpy() for _, p in make_agent("er", digits, seed=seed).named_parameters()] for seed in (0, 0, 1)
    ]
    assert all(np.array_equal(a, b) for a, b in zip(weights[0], weights[1], strict=True))
    assert not np.array_equal(weights[0][0], weights[2][0])


def test_replay_defaults_to_the_agents_own(digits):
    assert make_agent("er", digits).spec["replay"] == registry.entry("agent", "er").options["replay"] == "reservoir"
    assert make_agent("finetune", digits).spec["replay"] == "none"


def test_misfits_say_what_would_fit(named, digits):
    with pytest.raises(
        SchemaError, match=r"'reads' reads \['y'\], which transition records of Stream .*Replays that f"
    ) as e:
        make_agent("draws", Stream(), replay="reads")
    fitting = str(e.value).split("Replays that fit: ")[1].split(".")[0].split(", ")
    assert {"box", "fifo", "none", "old-style", "reservoir"} <= set(fitting)
    with pytest.raises(
        SchemaError, match=r"not from the SAMPLE records of recollect/SplitDigits-v0. Agents that f"
    ) as e:
        make_agent("draws", digits)
    assert "er" in str(e.value).split("Agents that fit: ")[1]
    with pytest.raises(SchemaError, match=r"'demanding' asks for fisher\(\).* Penalties that fit: .*pull"):
        make_agent("draws", Stream(), penalty="demanding")


def test_nothing_is_built_before_everything_is_checked(named, monkeypatch):
    def built(self, *args, **kwargs):
        raise AssertionError("built")

    monkeypatch.setattr(Box, "__init__", built)
    for wrong, error in (
        ({"hiden": 3}, UnknownName), ({"hidden": "wide"}, OptionError), ({"replay_options": {"a": 1}}, UnknownName),
        ({"penalty": "pull", "penalty_options": {"strength": "much"}}, OptionError), ({"replay": "reads"}, SchemaError),
        ({"penalty_options": {"strength": 1}}, OptionError), ({"seed": -1}, OptionError),
        ({"penalty": "pul"}, UnknownName), ({"replay": "boxx"}, UnknownName),
    ):  # fmt: skip
        with pytest.raises(error):
            make_agent("draws", Stream(), **wrong)
    with pytest.raises(StreamError, match="stream_from"):
        make_agent("draws", gymnasium.make("CartPole-v1"))
    with pytest.raises(UnknownName, match=r"agent 'drows' does not exist. Did you mean draws"):
        make_agent("drows", Stream())


def test_option_that_json_cannot_hold(own):
    own.agent("any", f"{__name__}:TakesAnything", replay="none")
    with pytest.raises(OptionError, match="must be a number, a string, a list or a dictionary"):
        make_agent("any", Stream(), thing=object())


class TakesAnything(Agent):
    def __init__(self, stream, replay, *, thing=None, **given):
        super().__init__(stream, replay, **given)


def test_fits_gives_pairs(named, digits):
    assert ("draws", "box") in fits(Stream())
    assert ("draws", "reads") not in fits(Stream())
    assert fits(Stream(), agent="er") == []
    assert fits(digits, agent="joint") == [("joint", "none")]
    assert ("er", "reads") in fits("recollect/SplitDigits-v0", replay="reads")
    assert {agent for agent, _ in fits(replay="fifo")} >= {"draws", "er"}
    with pytest.raises(UnknownName, match=r"stream 'recollect/SplitDigit-v0' does not exist. Did you mean"):
        fits("recollect/SplitDigit-v0")
    with pytest.raises(UnknownName, match="agent 'ER'"):
        fits(Stream(), agent="ER")


def test_what_cannot_be_loaded_is_left_out_and_reported(named, tmp_path, monkeypatch):
    (tmp_path / "needs_gui.py").write_text("from recollect.errors import require\nrequire('nope', 'It', 'gui')\n")
    monkeypatch.syspath_prepend(tmp_path)
    named.replay("in-a-window", "needs_gui:Window")
    pairs, left_out = survey(Stream(), agent="draws")
    assert ("draws", "box") in pairs
    assert left_out == {"replay 'in-a-window'": "It needs nope: pip install 'recollect[gui]'"}
    with pytest.warns(PluginWarning, match="replay 'in-a-window' is left out: It needs nope"):
        assert fits(Stream(), agent="draws") == pairs
    with pytest.raises(MissingExtra, match=r"pip install 'recollect\[gui\]'"):
        make_agent("draws", Stream(), replay="in-a-window")


class Watcher:
    def __init__(self, heard=None):
        self.heard = heard

    def recollect_task_start(self, run, task):
        self.heard.append((id(self), task))


def test_run_hooks_are_called_in_the_order_given():
    heard = []
    first, second = Watcher(heard), Watcher(heard)
    hooks = run_hooks([first, second])
    hooks.hook.recollect_task_start(run=None, task=5)
    assert heard == [(id(first), 5), (id(second), 5)]
    assert hooks.observers == [first, second]


def test_run_hooks_are_of_one_run():
    heard = []
    run_hooks([Watcher(heard)])
    run_hooks().hook.recollect_task_start(run=None, task=5)
    assert heard == []


def test_step_end_has_no_implementation_where_nobody_listens():
    assert run_hooks([Watcher([])]).hook.recollect_step_end.get_hookimpls() == []


def test_observers_by_name_are_constructed(own):
    own.observer("watcher", f"{__name__}:Watcher")
    (observer,) = run_hooks(["watcher"]).observers
    assert isinstance(observer, Watcher)
    with pytest.raises(UnknownName, match=r"observer 'wotcher' does not exist. Did you mean watcher"):
        run_hooks(["wotcher"])


@pytest.mark.parametrize("plugins", ["console", 3, Watcher([])])
def test_plugins_are_a_list(plugins):
    with pytest.raises(OptionError, match="plugins= takes a list of observers"):
        run_hooks(plugins)


def test_program_owns_what_it_registers(named):
    assert named.entry("replay", "box").plugin == PROGRAM
    assert recollect.make_replay is make_replay
