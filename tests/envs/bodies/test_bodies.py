import gymnasium as gym
import pytest

from recollect.envs.bodies import streams
from recollect.envs.bodies.body import Body


@pytest.mark.parametrize("name", [name for name, _, _ in streams()])
def test_every_family_is_registered_and_can_be_lived_in(name):
    stream = gym.make(f"recollect/{name}-v0", steps_per_task=2)
    inner = stream.unwrapped
    assert isinstance(inner, Body)
    assert len(inner.tasks) == 5
    met = [stream.reset(seed=0)[1]["task"]]
    for _ in range(10):
        _, _, terminated, truncated, info = stream.step(stream.action_space.sample())
        if info["boundary"]:
            assert truncated
            met.append(stream.reset()[1]["task"])
        elif terminated:
            stream.reset()
    assert met == [0, 1, 2, 3, 4, 4]


def test_families():
    names = [name for name, _, _ in streams()]
    assert len(set(names)) == len(names) == 5 * 4 - 1 + 3
    assert names[0].startswith("InvertedPendulum")  # it stands for the others where few are tested
    assert "InvertedPendulumFriction" not in names
