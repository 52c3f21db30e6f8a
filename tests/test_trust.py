import re

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec, WrapperSpec

from recollect.trust import mistrust

CLIP = WrapperSpec("ClipReward", "gymnasium.wrappers.transform_reward:ClipReward", {})


def test_what_is_registered_here_may_be_made():
    assert mistrust(gym.spec("Pendulum-v1")) is None
    assert mistrust(gym.make("Pendulum-v1", g=2.0).spec) is None
    spec = gym.spec("Pendulum-v1")
    assert mistrust(EnvSpec(spec.id, spec.entry_point, additional_wrappers=(CLIP,))) is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (EnvSpec("Pendulum-v1", "os:system", kwargs={"command": "true"}), "Pendulum-v1 from os:system"),
        (EnvSpec("Nowhere-v1", gym.spec("Pendulum-v1").entry_point), "Nowhere-v1 from .*not registered so here"),
        (EnvSpec("Pendulum-v1", gym.spec("Pendulum-v1").entry_point, vector_entry_point="os:system"), "not registered"),
        (
            EnvSpec(
                "Pendulum-v1",
                gym.spec("Pendulum-v1").entry_point,
                additional_wrappers=(CLIP, WrapperSpec("S", "os:system", {})),
            ),
            "Pendulum-v1 in the wrapper os:system",
        ),
    ],
)
def test_what_a_file_brings_is_not_made(spec, said):
    assert re.search(said, mistrust(spec))
