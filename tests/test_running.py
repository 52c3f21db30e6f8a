"""The state of a running run: saved only where it can be resumed, restored only into its own kind."""

import gymnasium as gym
import pytest

import recollect
from recollect.opening import opener
from recollect.running import Running
from recollect.settings import Settings
from recollect.testing.toys import register_toys

register_toys()


def checkpoints(stream, agent, folder, **settings):
    """The steps at which checkpoints were written."""
    made, written = gym.make(stream), []

    class Watch:
        def recollect_step_end(self, run):
            if (folder / "LATEST").exists():
                written.append(int((folder / "LATEST").read_text().split("-")[1]))

    agent = recollect.make_agent(agent, made, replay="fifo")
    recollect.run(
        made, agent, directory=folder, checkpoint_seconds=0, evaluate_episodes=1, plugins=[Watch()], **settings
    )
    return sorted(set(written))


def test_a_deterministic_stream_can_be_saved_at_every_step(tmp_path):
    assert checkpoints("recollect/ToyGoals-v0", "toy-random", tmp_path / "a", steps_per_task=4) == [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
    ]


def test_another_stream_is_saved_only_where_no_episode_is_open(tmp_path):
    stream, ended = "recollect/ToyVisits-v0", []

    class Ends:
        def recollect_step_end(self, step, rows):
            if (rows["terminated"] | rows["truncated"]).all():
                ended.append(step)

    made = gym.make(stream)
    settings = {"steps_per_task": 12, "num_envs": 2, "evaluate_episodes": 1}
    agent = recollect.make_agent("toy-random", made, replay="fifo")
    recollect.run(made, agent, plugins=[Ends()], **settings)
    written = checkpoints(stream, "toy-random", tmp_path / "a", steps_per_task=12, num_envs=2)
    assert 2 <= len(ended) < 24
    assert written == [0, *ended[:-1]]


class Listener:
    def recollect_step_end(self):
        pass


class Deaf:
    def recollect_run_end(self):
        pass


@pytest.mark.parametrize(("observer", "calls"), [(Listener(), [1, 2, 3, 4]), (Deaf(), [])])
def test_step_end_is_not_even_called_when_nobody_listens(observer, calls):
    stream = gym.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-q", stream, replay="fifo")
    running = Running(opener(stream), agent, Settings(steps_per_task=2, evaluate_episodes=1), None, [observer])
    made = []
    running.hook = Recording(running.hook, made)
    running.go()
    assert made == calls


class Recording:
    """The hooks of a run, of which calls of step_end are noted."""

    def __init__(self, hook, steps):
        self.hook, self.steps = hook, steps

    def __getattr__(self, name):
        if name != "recollect_step_end":
            return getattr(self.hook, name)
        return lambda **given: (self.steps.append(given["step"]), self.hook.recollect_step_end(**given))
