"""What every agent keeps to."""

import inspect
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from recollect.core import Agent
from recollect.evaluation import evaluate, untouched
from recollect.loop import run
from recollect.randomness import seeded
from recollect.rows import Rows, num_rows, stack, unstack
from recollect.testing.comparison import difference, frozen, through_checkpoint
from recollect.testing.setting import Setting, settings

GIVEN = ("self", "stream", "replay")  # the only arguments of an agent that are not keywords


@dataclass(frozen=True)
class AgentSubject:
    """An agent to check, and the setting in which it is.

    Attributes:
        cls: its class.
        replay: name of its own replay strategy, if it is registered.
        chosen: the setting; None: one is looked for.
    """

    cls: type[Agent]
    replay: str = ""
    chosen: Setting | None = None

    @cached_property
    def setting(self) -> Setting:
        """The first registered stream on which it can learn, toys first, with the first replay that fits."""
        found = self.chosen or next(settings(agent=self.cls, first_replay=self.replay), None)
        assert found, f"{self.cls.__name__} fits no registered stream and replay: look at schema, accepts and reads"
        return found

    @cached_property
    def batches(self) -> list[Rows]:
        """Rows of task 0, in batches, annotated."""
        return self.setting.meet(4)

    def trained(self, seed: int = 0, steps: int = 3) -> Agent:
        """One that has learnt from the first batches."""
        agent = self.setting.build(seed=seed)
        for rows in self.batches[:steps]:
            agent.learn(self.bare(rows))
        return agent

    def bare(self, rows: Rows) -> Rows:
        """A copy of rows as a stream brings them, without what annotate adds."""
        return {field: values.copy() for field, values in rows.items() if field not in self.cls.adds}

    def observations(self, count: int) -> tuple[Any, np.ndarray | None]:
        """A batch of `count` observations (the stream's own batch where it is batched), and their task."""
        stream = self.setting.stream()
        if stream.unwrapped.batched:
            return stream.reset(seed=0)[0], np.zeros(1, np.int64)
        return stack([stream.reset(seed=seed)[0] for seed in range(count)]), np.zeros(count, np.int64)


def whole_state(agent: Agent) -> dict[str, Any]:
    """Agent, memory and penalty, copied."""
    penalty = None if agent.penalty is None else agent.penalty.state_dict()
    return frozen({"agent": agent.state_dict(), "replay": agent.replay.state_dict(), "penalty": penalty})


def check_options_are_keywords(subject: AgentSubject) -> None:
    """Every hyper-parameter is a keyword with a default."""
    for name, parameter in inspect.signature(subject.cls.__init__).parameters.items():
        if name in GIVEN or parameter.kind is parameter.VAR_KEYWORD:
            continue
        assert parameter.kind is parameter.KEYWORD_ONLY, f"__init__: {name} must be a keyword: write `*` before it"
        assert parameter.default is not parameter.empty, f"__init__: {name} needs a default"


def check_acts_in_batches(subject: AgentSubject) -> None:
    """One action for each of 1 and of 5 observations, inside the action space, exploring or not."""
    agent, space = subject.trained(), subject.setting.stream().action_space
    for count in (1, 5):
        obs, task = subject.observations(count)
        for explore in (False, True):
            act = agent.act(obs, task=task, explore=explore)
            batched = subject.setting.stream().unwrapped.batched
            for one in [act] if batched else unstack(act, _length(act)):
                inside = one in space or space.contains(np.asarray(one).astype(space.dtype))
                assert inside, f"act gave {one!r:.80}, which is not in {space}"
            assert batched or _length(act) == count, f"{count} observations, {_length(act)} actions"


def _length(act: Any) -> int:
    return _length(next(iter(act.values()))) if isinstance(act, dict) else len(act)


def check_acting_changes_nothing(subject: AgentSubject) -> None:
    """act(explore=False) may draw random numbers, but learns, adds and feeds back nothing."""
    agent = subject.trained()
    before = whole_state(agent)
    obs, task = subject.observations(5)
    with untouched(agent):
        agent.act(obs, task=task, explore=False)
    found = difference(before, whole_state(agent))
    assert not found, f"act(explore=False) changed the agent or its memory: {found}"


def check_evaluation_changes_nothing(subject: AgentSubject) -> None:
    """After an evaluation agent and memory are what they were, and the same seed gives the same scores."""
    agent = subject.trained()
    before = whole_state(agent)
    first, second = (evaluate(subject.setting.stream(), agent, episodes=2, seed=5) for _ in range(2))
    found = difference(before, whole_state(agent))
    assert not found, f"evaluate changed the agent or its memory: {found}"
    assert all(np.isfinite(values).all() for values in first.values()), f"scores are not finite: {first}"
    if subject.setting.stream().unwrapped.deterministic:
        found = difference(first, second, "scores")
        assert not found, f"the same evaluation gave other scores: {found}. Draw from self.rng"


def check_learns_without_replayed_rows(subject: AgentSubject) -> None:
    """update(new, {}) works, for an agent that learns beside new rows, and returns numbers; learn returns them too."""
    agent = subject.setting.build()
    _check_numbers("update(new, {})", agent.update(agent.annotate(subject.bare(subject.batches[0])), {}))
    _check_numbers("learn(new)", agent.learn(subject.bare(subject.batches[0])))


def check_learns_from_replayed_rows_alone(subject: AgentSubject) -> None:
    """update({}, replayed) works, and returns numbers."""
    agent = subject.trained()
    subject.setting.end_task(agent)
    replayed = agent.replay.sample(3)
    if num_rows(replayed):
        _check_numbers("update({}, replayed)", agent.update({}, replayed))


def _check_numbers(call: str, losses: Any) -> None:
    good = isinstance(losses, dict) and all(isinstance(value, int | float | np.number) for value in losses.values())
    assert good, f"{call} must return name -> number (float(loss), not a tensor), got {losses!r:.120}"


def check_same_seed_same_agent(subject: AgentSubject) -> None:
    """Two with the same seed are the same to the bit after the same rows, in a run that seeds the global states."""
    states = []
    for _ in range(2):
        with seeded(7):
            states.append(whole_state(subject.trained(seed=3)))
    found = difference(*states)
    assert not found, f"the same seed made another agent: {found}"


def check_state_round_trip(subject: AgentSubject) -> None:
    """A state that went through a checkpoint, loaded into a new agent, goes on to the bit."""
    first, second = subject.trained(), subject.setting.build(seed=99)
    second.load_state_dict(through_checkpoint(first.state_dict()))
    second.replay.load_state_dict(through_checkpoint(first.replay.state_dict()))
    if first.penalty is not None:
        second.penalty.load_state_dict(through_checkpoint(first.penalty.state_dict()))
    found = difference(whole_state(first), whole_state(second))
    assert not found, f"a new agent with the state of another differs from it: {found}"
    for agent in (first, second):
        with seeded(7):
            agent.learn(subject.bare(subject.batches[-1]))
            subject.setting.end_task(agent)
    found = difference(whole_state(first), whole_state(second))
    assert not found, f"after one more step the two differ: {found}"


def check_annotate_adds_what_it_says(subject: AgentSubject) -> None:
    """`annotate` adds the fields in `adds`, one entry per row, and leaves its input alone."""
    agent, rows = subject.setting.build(), subject.bare(subject.batches[0])
    before = frozen(rows)
    annotated = agent.annotate(rows)
    found = difference(before, rows, "rows")
    assert not found, f"annotate changed the rows it was given: {found}"
    lacking = [field for field in subject.cls.adds if field not in annotated]
    assert not lacking, f"annotate does not add {lacking}, which it says in adds"
    extra = [field for field in annotated if field not in rows and field not in subject.cls.adds]
    assert not extra, f"annotate adds {extra}: say so in adds"
    assert num_rows(annotated) == num_rows(rows), "annotate changed the number of rows"


def check_learning_leaves_rows_alone(subject: AgentSubject) -> None:
    """`learn` does not write on the new rows: hooks see them afterwards."""
    agent, rows = subject.trained(), subject.bare(subject.batches[0])
    before = frozen(rows)
    agent.learn(rows)
    found = difference(before, rows, "rows")
    assert not found, f"learn changed the new rows: {found}"


def check_hidden_tasks_are_borne(subject: AgentSubject) -> None:
    """An agent that does not say needs_tasks acts with task=None, and learns rows without `task`."""
    agent = subject.setting.build()
    if subject.cls.needs_tasks or "task" in subject.cls.reads or "task" in agent.replay.reads:
        return
    if agent.replay.needs_tasks or agent.replay.needs_data:
        return
    for rows in subject.setting.meet(2, announce_tasks=False):
        agent.learn(subject.bare(rows))
    agent.act(subject.observations(2)[0], task=None)


def check_runs(subject: AgentSubject) -> None:
    """A short run over all tasks works, and counts what it did."""
    stream, agent = subject.setting.stream(), subject.setting.build()
    history = run(stream, agent, steps_per_task=2, evaluate_episodes=1, evaluate_rows=4)
    tasks = len(stream.unwrapped.tasks)
    assert len(history) == tasks + 1, f"{tasks} tasks make {tasks + 1} evaluations, got {len(history)}"
    assert history.rows[-1] > 0, "the run brought no rows"


AGENT_CHECKS = (
    check_options_are_keywords, check_acts_in_batches, check_acting_changes_nothing, check_evaluation_changes_nothing,
    check_learns_without_replayed_rows, check_learns_from_replayed_rows_alone, check_same_seed_same_agent,
    check_state_round_trip, check_annotate_adds_what_it_says, check_learning_leaves_rows_alone,
    check_hidden_tasks_are_borne, check_runs,
)  # fmt: skip
