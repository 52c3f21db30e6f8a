import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete, Tuple

from recollect.compose import check_stream, fields_of, leading_axes, misfit
from recollect.core import Agent, Penalty, ReplayStrategy, TaskStream
from recollect.errors import StreamError
from recollect.schema import QUERY, SAMPLE, TRAJECTORY, TRANSITION, Schema


class Lived(TaskStream):
    tasks = ("a", "b")
    observation_space, action_space = Box(0, 1, (3,)), Discrete(2)


class Logged(Lived):
    def data(self, task, split="train"):
        return {"obs": np.zeros((2, 3))}


class Labels(Lived):
    schema, target, batched, scores = SAMPLE, "class", True, {"accuracy": "max"}
    observation_space, action_space = Box(0, 1, (4, 3)), MultiDiscrete([2] * 4)


class Control(Agent):
    def embed(self, rows):
        return np.zeros((len(rows["obs"]), 1))


class Learner(Agent):
    schema = SAMPLE


class Memory(ReplayStrategy):
    pass


class Nothing(ReplayStrategy):
    remembers = False


def variant(cls, **attributes):
    return type(cls.__name__, (cls,), attributes)


NAMES = ("sac", "fifo", "ewc")


def test_what_fits_has_no_reason():
    assert misfit(Lived(), Control, Memory) is None
    assert misfit(Labels(), Learner, Nothing, Penalty) is None


def test_schemas_by_name():
    assert misfit(Labels(), Control, Memory, names=NAMES) == (
        "agent 'sac' learns from TRANSITION records, not from the SAMPLE records of Labels"
    )
    own = Schema("SAMPLE", SAMPLE.fields | {"weight"})
    assert misfit(variant(Labels, schema=own)(), Learner, Memory) is None


def test_transitions_serve_trajectories_where_there_is_a_horizon():
    grouped = variant(Control, schema=TRAJECTORY, reads=("ret", "mask"))
    assert misfit(variant(Lived, horizon=5)(), grouped, Memory) is None
    assert misfit(Lived(), grouped, Memory, names=NAMES) == (
        "agent 'sac' learns from whole episodes, for which the TRANSITION records of Lived need a horizon, which it "
        "does not declare"
    )


def test_agent_says_itself_what_it_cannot():
    picky = variant(Control, accepts=classmethod(lambda cls, stream: "it needs Box actions"))
    assert misfit(Lived(), picky, Memory, names=NAMES) == "agent 'sac' cannot learn on Lived: it needs Box actions"


def test_schema_is_judged_before_accepts():
    breaks = variant(Control, accepts=classmethod(lambda cls, stream: stream.action_space.nvec))
    assert "learns from TRANSITION records" in misfit(Labels(), breaks, Memory)


def test_memory_required_or_refused():
    needs, refuses = variant(Control, memory="required"), variant(Control, memory="none")
    assert misfit(Lived(), needs, Memory) is misfit(Lived(), refuses, Nothing) is None
    assert misfit(Lived(), needs, Nothing, names=("sac", "none")) == (
        "agent 'sac' needs a memory, and replay 'none' keeps nothing"
    )
    assert misfit(Lived(), refuses, Memory, names=NAMES) == (
        "agent 'sac' takes no memory, and replay 'fifo' is one: use replay='none'"
    )


def test_replay_reads_fields_of_the_stream_or_of_annotate():
    herding = variant(Memory, reads=("y",))
    assert misfit(Labels(), Learner, herding) is None
    assert misfit(Lived(), Control, herding, names=("sac", "herding")) == (
        "replay 'herding' reads ['y'], which transition records of Lived do not have"
    )
    dark = variant(Memory, reads=("logits", "task", "step"))
    assert misfit(Labels(), variant(Learner, adds=("logits",)), dark) is None
    assert "reads ['logits']" in misfit(Labels(), Learner, dark)


def test_agent_reads_also_what_the_replay_gives():
    weighted = variant(Learner, reads=("x", "weight", "index"))
    assert misfit(Labels(), weighted, variant(Memory, gives=("weight",))) is None
    assert misfit(Labels(), weighted, Memory, names=("er", "fifo")) == (
        "agent 'er' reads ['weight'] in replayed rows, which replay 'fifo' and sample records of Labels do not have"
    )


def test_dict_observations_serve_by_prefix_and_by_leaf():
    space = Dict({"goal": Box(0, 1, (2,)), "page": Dict({"text": Box(0, 1, (2,))})})
    stream = variant(Lived, observation_space=space)()
    assert {"obs/goal", "obs/page/text", "obs_next/goal", "act", "step"} <= fields_of(stream, Control)
    assert "obs" not in fields_of(stream, Control)
    assert misfit(stream, variant(Control, reads=("obs",)), variant(Memory, reads=("obs/page/text",))) is None
    assert "reads ['obs/page/link']" in misfit(stream, Control, variant(Memory, reads=("obs/page/link",)))


def test_a_query_is_an_action():
    space = Dict({"image": Box(0, 1, (4, 3))})
    stream = variant(Labels, schema=QUERY, action_space=space)()
    assert "x/image" in fields_of(stream, variant(Learner, schema=QUERY))


def test_parts_ask_only_for_methods_that_the_agent_has():
    assert misfit(Lived(), Control, variant(Memory, asks=("embed", "act"))) is None
    assert misfit(Lived(), Control, variant(Memory, asks=("embed", "losses", "gradients")), names=NAMES) == (
        "replay 'fifo' asks for losses(), gradients(), which agent 'sac' does not have"
    )
    assert misfit(Lived(), Control, Memory, variant(Penalty, asks=("fisher",)), names=NAMES) == (
        "penalty 'ewc' asks for fisher(), which agent 'sac' does not have"
    )


def test_an_attribute_that_is_no_method_is_not_enough():
    assert "asks for reads()" in misfit(Lived(), Control, variant(Memory, asks=("reads",)))


def test_needs_data_of_replay_and_penalty():
    replay, penalty = variant(Memory, needs_data=True), variant(Penalty, needs_data=True)
    assert misfit(Logged(), Control, replay, penalty) is None
    reason = "needs the logged rows of each task, and Lived has none: it is lived"
    assert misfit(Lived(), Control, replay, names=NAMES) == f"replay 'fifo' {reason}"
    assert misfit(Lived(), Control, Memory, penalty, names=NAMES) == f"penalty 'ewc' {reason}"


def test_targets_of_replay_and_penalty():
    replay, penalty = variant(Memory, targets=("class",)), variant(Penalty, targets=("mask", "tokens"))
    assert misfit(Labels(), Learner, replay) is None
    assert misfit(None, Learner, replay, penalty) is None
    assert misfit(variant(Labels, target="mask")(), Learner, replay, names=NAMES) == (
        "replay 'fifo' needs y to be 'class', and the target of Labels is 'mask'"
    )
    assert misfit(Labels(), Learner, Memory, penalty, names=NAMES) == (
        "penalty 'ewc' needs y to be 'mask' or 'tokens', and the target of Labels is 'class'"
    )


def test_without_a_stream_the_agents_schema_decides():
    assert misfit(None, Control, variant(Memory, reads=("obs",), needs_data=True)) is None
    assert misfit(None, Control, variant(Memory, reads=("y",))) == (
        "replay 'Memory' reads ['y'], which transition records do not have"
    )


def test_streams_that_keep_their_contract():
    for stream in (Lived(), Labels(), gymnasium.wrappers.TimeLimit(Lived(), 3)):
        check_stream(stream)


@pytest.mark.parametrize("thing", ["recollect/SplitDigits-v0", None, 3, Lived])
def test_what_is_no_environment(thing):
    with pytest.raises(StreamError, match=r"a made task stream is needed, got .*gymnasium.make\(id\)"):
        check_stream(thing)


def test_an_ordinary_environment_is_pointed_to_stream_from():
    with pytest.raises(StreamError, match=r"got CartPoleEnv: .*recollect.stream_from\(...\)"):
        check_stream(gymnasium.make("CartPole-v1"))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"tasks": ()}, "tasks must be a tuple of at least one name"),
        ({"tasks": "abc"}, "tasks must be a tuple of at least one name, got 'abc'"),
        ({"tasks": (1, 2)}, "tasks must be a tuple of at least one name"),
        ({"scores": {}}, "scores must be such as"),
        ({"scores": {"return": "up"}}, "scores must be such as"),
        ({"schema": "TRANSITION"}, "schema must be one of recollect.schema, got 'TRANSITION'"),
        ({"schema": TRAJECTORY}, "needs a horizon"),
        ({"batched": True}, "one batch axis of equal length in front"),
        ({"batched": True, "action_space": MultiDiscrete([2] * 4)}, "one batch axis of equal length"),
    ],
)
def test_streams_that_break_it(attributes, message):
    with pytest.raises(StreamError, match=f"^Lived.* {message}"):
        check_stream(variant(Lived, **attributes)())


def test_leading_axes_of_nested_spaces():
    space = Dict({"a": Box(0, 1, (4, 2)), "b": Tuple((MultiDiscrete([2] * 5), Discrete(3)))})
    assert leading_axes(space) == {4, 5, None}
    assert TRANSITION.fields <= fields_of(Lived(), Control)
